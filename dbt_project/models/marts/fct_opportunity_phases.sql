{{ config(materialized='incremental', incremental_strategy='touched_leads', on_schema_change='fail') }}

with events as (
    select * from {{ ref('int_opportunity_events_ordered') }}
    where {{ is_touched('lead_id') }}
),

-- The first event begins a stay, also where it is the one that closes: until then the opportunity was open.
turned as (
    select
        *,
        event_number = 1 or (is_open and (not was_open or phase <> phase_before)) as begins_stay,
        not is_open and was_open as ends_stay
    from (
        select
            *,
            status = {{ open_status() }} as is_open,
            status_before = {{ open_status() }} as was_open
        from events
    ) as events_while_open_or_not
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
        opportunity_id,
        cast(row_number() over (
            partition by opportunity_id
            order by event_number
        ) as integer) as phase_number,
        phase,
        occurred_at as entered_at,
        exited_at,
        lead_id
    from bounded
    where begins_stay
)

select * from stays
