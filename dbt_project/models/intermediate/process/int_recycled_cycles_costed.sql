{{ per_lead() }}

with transitions as (
    select * from {{ touched('fct_stage_transitions') }}
),

own_activities as (
    select * from {{ touched('int_activity_stays') }}
    where actor_id is not null
),

stages as (
    select * from {{ ref('int_stages_numbered') }}
),

recycling_costs as (
    select * from {{ ref('recycling_costs') }}
),

-- A cycle that begins beyond the first phase has come to an opportunity with its beginning.
openings as (
    select
        transitions.lead_id,
        transitions.cycle_number,
        min(transitions.entered_at) as opened_at
    from transitions
    inner join stages on transitions.to_stage = stages.stage
    where stages.is_success and stages.stage_number >= {{ stage_number(first_phase()) }}
    group by transitions.lead_id, transitions.cycle_number
),

beginnings as (
    select
        lead_id,
        cycle_number,
        entered_on
    from transitions
    where direction = 'reentry'
),

-- The last stage on the path before a cycle began: the detours after it are those that the cycle began from.
last_steps as (
    select
        transitions.lead_id,
        transitions.cycle_number,
        max(transitions.transition_number) as transition_number
    from transitions
    inner join stages on transitions.to_stage = stages.stage
    where stages.is_success
    group by transitions.lead_id, transitions.cycle_number
),

-- Work on who waits to come back, and on who has come back until an opportunity comes of it.
worked as (
    select
        own_activities.lead_id,
        own_activities.occurred_on,
        recycling_costs.cost_amount,
        -- What is done before a return belongs to the cycle that begins with it.
        case
            when own_activities.transition_number > last_steps.transition_number and next_beginnings.lead_id is not null
                then next_beginnings.cycle_number
            when coalesce(own_activities.occurred_at < openings.opened_at, true) then beginnings.cycle_number
        end as cycle_number,
        case
            when own_activities.transition_number > last_steps.transition_number and next_beginnings.lead_id is not null
                then next_beginnings.entered_on
            when coalesce(own_activities.occurred_at < openings.opened_at, true) then beginnings.entered_on
        end as begun_on
    from own_activities
    inner join recycling_costs on own_activities.activity_type = recycling_costs.activity_type
    left join openings
        on own_activities.lead_id = openings.lead_id and own_activities.cycle_number = openings.cycle_number
    left join last_steps
        on own_activities.lead_id = last_steps.lead_id and own_activities.cycle_number = last_steps.cycle_number
    left join beginnings
        on own_activities.lead_id = beginnings.lead_id and own_activities.cycle_number = beginnings.cycle_number
    left join beginnings as next_beginnings
        on
            own_activities.lead_id = next_beginnings.lead_id
            and own_activities.cycle_number + 1 = next_beginnings.cycle_number
    where
        own_activities.stage in ({{ recyclable_stages() }}, {{ lost_stage() }})
        or (own_activities.cycle_number > 1 and coalesce(own_activities.occurred_at < openings.opened_at, true))
),

aged as (
    select
        lead_id,
        {{ month_of('occurred_on') }} as period_month,
        cycle_number,
        {{ conversion_window_of(days_between('begun_on', 'occurred_on')) }} as age_days,
        cost_amount
    from worked
),

costed as (
    select
        lead_id,
        period_month,
        cast(cycle_number as integer) as cycle_number,
        cast(age_days as integer) as age_days,
        sum(cost_amount) as cost_amount
    from aged
    group by lead_id, period_month, cycle_number, age_days
)

select * from costed
