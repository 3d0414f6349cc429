{{ per_lead() }}

with events as (
    select * from {{ touched('int_opportunity_events') }}
),

described as (
    select * from {{ touched('int_opportunity_contexts') }}
),

opened_or_closed as (
    select
        *,
        status = {{ open_status() }} as is_open,
        status_before = {{ open_status() }} as was_open
    from events
),

-- The first event begins a stay, also where it is the one that closes: until then the opportunity was open.
turned as (
    select
        *,
        event_number = 1 or (is_open and (not was_open or phase <> phase_before)) as begins_stay,
        was_open and not is_open as ends_stay
    from opened_or_closed
),

bounded as (
    select
        *,
        case
            when ends_stay and begins_stay then occurred_at
            else
                lead(occurred_at) over (
                    partition by opportunity_id
                    order by event_number
                )
        end as exited_at
    from turned
    where begins_stay or ends_stay
),

stays as (
    select
        bounded.opportunity_id,
        cast(row_number() over (
            partition by bounded.opportunity_id
            order by bounded.event_number
        ) as integer) as phase_number,
        bounded.phase,
        bounded.occurred_at as entered_at,
        bounded.exited_at,
        bounded.event_id as source_id,
        bounded.lead_id,
        described.segment
    from bounded
    inner join described on bounded.opportunity_id = described.opportunity_id
    where bounded.begins_stay
)

select * from stays
