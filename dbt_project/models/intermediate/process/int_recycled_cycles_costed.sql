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

-- Work on who waits to come back, and on who has come back until an opportunity comes of it.
costed as (
    select
        own_activities.lead_id,
        {{ month_of('own_activities.occurred_on') }} as period_month,
        sum(recycling_costs.cost_amount) as cost_amount
    from own_activities
    inner join recycling_costs on own_activities.activity_type = recycling_costs.activity_type
    left join openings
        on own_activities.lead_id = openings.lead_id and own_activities.cycle_number = openings.cycle_number
    where
        own_activities.stage in ({{ recyclable_stages() }}, {{ lost_stage() }})
        or (own_activities.cycle_number > 1 and coalesce(own_activities.occurred_at < openings.opened_at, true))
    group by own_activities.lead_id, {{ month_of('own_activities.occurred_on') }}
)

select * from costed
