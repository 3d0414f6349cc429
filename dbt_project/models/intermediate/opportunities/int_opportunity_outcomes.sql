{{ per_lead() }}

with events as (
    select * from {{ touched('int_opportunity_events') }}
),

stages as (
    select * from {{ ref('int_stages_numbered') }}
    where is_phase
),

-- What brought the present status; a repeated one moves nothing.
changes as (
    select
        opportunity_id,
        status,
        occurred_at,
        reason,
        row_number() over (partition by opportunity_id order by event_number desc) as latest_number
    from events
    where status <> status_before
),

closings as (
    select
        opportunity_id,
        occurred_at as closed_at,
        case when status = {{ lost_status() }} then reason end as lost_reason
    from changes
    where latest_number = 1 and status <> {{ open_status() }}
),

placed as (
    select
        events.*,
        stages.stage_number,
        closings.closed_at,
        closings.lost_reason,
        coalesce(events.occurred_at <= closings.closed_at, true) as is_up_to_close
    from events
    inner join stages on events.phase = stages.stage
    left join closings on events.opportunity_id = closings.opportunity_id
),

summed as (
    select
        opportunity_id,
        min(lead_id) as lead_id,
        min(occurred_at) as created_at,
        min_by(coalesce(actor_id, ''), event_number)
        filter (where event_type = 'opportunity_created') as creating_actor,
        min_by(coalesce(actor_id, ''), event_number) filter (where event_type <> 'signature') as first_actor,
        max_by(actor_id, event_number) filter (where is_up_to_close and actor_id is not null) as owner_id,
        max_by(phase, event_number) as current_phase,
        max_by(phase, stage_number) as max_phase,
        max_by(amount, event_number) filter (where amount is not null) as amount,
        coalesce(
            max_by(amount, event_number) filter (where amount is not null and is_up_to_close),
            min_by(amount, event_number) filter (where amount is not null)
        ) as amount_at_close,
        max_by(expected_close_on, event_number) filter (where expected_close_on is not null) as expected_close_on,
        count(
            case when {{ month_of('expected_close_on') }} > {{ month_of('close_expected_before') }} then 1 end
        ) as push_count,
        max_by(status, event_number) as status,
        min(closed_at) as closed_at,
        min(lost_reason) as lost_reason
    from placed
    group by opportunity_id
),

told as (
    select
        opportunity_id,
        lead_id,
        created_at,
        nullif(coalesce(creating_actor, first_actor), '') as created_by,
        owner_id,
        current_phase,
        max_phase,
        amount,
        case when closed_at is not null then amount_at_close end as amount_at_close,
        expected_close_on,
        cast(push_count as integer) as push_count,
        status,
        closed_at,
        lost_reason
    from summed
)

select * from told
