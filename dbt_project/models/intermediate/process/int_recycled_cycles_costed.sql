{{ per_lead() }}

with transitions as (
    select * from {{ touched('fct_stage_transitions') }}
),

own_acts as (
    select * from {{ touched('int_activities_attached') }}
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
recycling_stays as (
    select
        transitions.lead_id,
        transitions.entered_at,
        case
            when stages.stage in ({{ recyclable_stages() }}, {{ lost_stage() }}) then transitions.exited_at
            else coalesce(
                least(transitions.exited_at, openings.opened_at), transitions.exited_at, openings.opened_at
            )
        end as worked_until
    from transitions
    inner join stages on transitions.to_stage = stages.stage
    left join openings
        on transitions.lead_id = openings.lead_id and transitions.cycle_number = openings.cycle_number
    where
        stages.stage in ({{ recyclable_stages() }}, {{ lost_stage() }})
        or (
            transitions.cycle_number > 1
            and coalesce(transitions.entered_at < openings.opened_at, true)
        )
),

costed as (
    select
        own_acts.lead_id,
        {{ month_of('own_acts.occurred_on') }} as period_month,
        sum(recycling_costs.cost_amount) as cost_amount
    from own_acts
    inner join recycling_costs on own_acts.activity_type = recycling_costs.activity_type
    inner join recycling_stays
        on
            own_acts.lead_id = recycling_stays.lead_id
            and own_acts.occurred_at >= recycling_stays.entered_at
            and (recycling_stays.worked_until is null or own_acts.occurred_at < recycling_stays.worked_until)
    group by own_acts.lead_id, {{ month_of('own_acts.occurred_on') }}
)

select * from costed
