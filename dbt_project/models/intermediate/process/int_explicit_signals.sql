{{ per_lead() }}

with activities as (
    select * from {{ touched('int_activities_attached') }}
    where activity_type in ('stage_changed', 'disqualified', 'recycled')
),

opportunity_moves as (
    select * from {{ touched('int_opportunity_moves_by_lead') }}
),

coverage_periods as (
    select * from {{ touched('int_coverage_periods') }}
    where holder_type = 'lead'
),

stages as (
    select * from {{ ref('int_stages_numbered') }}
),

-- A reopening counts only of what was closed; neither counts while other business of the lead goes on.
closings as (
    select
        *,
        case when move = 'opportunity_lost' then {{ lost_stage() }} else phase end as stage
    from opportunity_moves
    where
        (move = 'opportunity_lost' and open_opportunity_count = 0)
        or (move = 'opportunity_reopened' and open_opportunity_count = 1 and was_closed)
),

-- Who is a customer then: covered, or won and never covered yet, as int_lead_customer_status says of as_of.
closings_of_customers as (
    select distinct
        closings.lead_id,
        closings.move_id
    from closings
    inner join coverage_periods
        on
            closings.lead_id = coverage_periods.holder_id
            and {{ is_covered_at('coverage_periods', 'closings.moved_at') }}
),

closings_after_coverage as (
    select distinct
        closings.lead_id,
        closings.move_id
    from closings
    inner join coverage_periods
        on closings.lead_id = coverage_periods.holder_id and closings.moved_at >= coverage_periods.starts_at
),

signals as (
    select
        activities.lead_id,
        activities.occurred_at as signal_at,
        activities.activity_id as signal_id,
        stages.stage_number,
        'reported' as basis,
        activities.actor_id,
        activities.reason
    from activities
    inner join stages
        on
            case activities.activity_type
                when 'stage_changed' then activities.stage
                when 'disqualified' then {{ disqualified_stage() }}
                when 'recycled' then {{ recycled_stage() }}
            end = stages.stage

    union all

    select
        closings.lead_id,
        closings.moved_at as signal_at,
        closings.move_id as signal_id,
        stages.stage_number,
        'opportunity' as basis,
        closings.actor_id,
        closings.reason
    from closings
    inner join stages on closings.stage = stages.stage
    left join closings_of_customers
        on closings.lead_id = closings_of_customers.lead_id and closings.move_id = closings_of_customers.move_id
    left join closings_after_coverage
        on closings.lead_id = closings_after_coverage.lead_id and closings.move_id = closings_after_coverage.move_id
    where
        closings_of_customers.move_id is null
        and (closings.won_opportunity_count = 0 or closings_after_coverage.move_id is not null)

    union all

    select
        holder_id as lead_id,
        greatest(uncovered_at, last_signed_at) as signal_at,
        last_contract_id as signal_id,
        {{ stage_number(churned_stage()) }} as stage_number,
        'coverage' as basis,
        cast(null as varchar) as actor_id,
        last_cancel_reason as reason
    from coverage_periods
    where has_ended
)

select * from signals
