{{ per_lead() }}

with activities as (
    select * from {{ touched('int_activities_attached') }}
    where opportunity_id is not null
),

-- A contract closes the opportunity that it names, whichever lead its customer is.
signatures as (
    select * from {{ whole('int_contracts_attached') }}
    where closes_opportunity
),

reports as (
    select
        lead_id,
        opportunity_id,
        occurred_at,
        activity_id as event_id,
        activity_type as event_type,
        case when activity_type = 'opportunity_phase_changed' then stage end as told_phase,
        actor_id,
        reason
    from activities
    where
        activity_type in (
            'opportunity_created', 'opportunity_phase_changed',
            'opportunity_won', 'opportunity_lost', 'opportunity_reopened'
        )
),

tellers as (
    select distinct
        lead_id,
        opportunity_id
    from reports
),

events as (
    select * from reports
    union all
    select
        tellers.lead_id,
        tellers.opportunity_id,
        signatures.signed_at as occurred_at,
        signatures.contract_id as event_id,
        'signature' as event_type,
        null as told_phase,
        null as actor_id,
        null as reason
    from tellers
    inner join signatures on tellers.opportunity_id = signatures.opportunity_id
),

states as (
    {{ opportunity_states('events', ['lead_id', 'opportunity_id']) }}
),

changes as (
    select
        *,
        case when status = {{ open_status() }} then 1 else 0 end
        - case when event_number > 1 and status_before = {{ open_status() }} then 1 else 0 end as open_change,
        case when status_reported = {{ won_status() }} then 1 else 0 end
        - case when status_reported_before = {{ won_status() }} then 1 else 0 end as won_change
    from states
),

counted as (
    select
        *,
        sum(open_change) over so_far as open_opportunity_count,
        sum(won_change) over so_far as won_opportunity_count,
        lead(event_number) over in_order as next_number
    from changes
    window
        in_order as (partition by lead_id order by occurred_at, event_id, event_type, opportunity_id),
        so_far as (
            partition by lead_id
            order by occurred_at, event_id, event_type, opportunity_id
            rows between unbounded preceding and current row
        )
),

moves as (
    select
        lead_id,
        opportunity_id,
        occurred_at as moved_at,
        event_id as move_id,
        event_type as move,
        actor_id,
        reason,
        status_before <> {{ open_status() }} as was_closed,
        event_type = 'opportunity_created' and event_number = 1 as is_opening,
        phase,
        cast(open_opportunity_count as integer) as open_opportunity_count,
        cast(won_opportunity_count as integer) as won_opportunity_count,
        next_number is null as is_latest
    from counted
)

select * from moves
