{{ per_lead() }}

with activities as (
    select * from {{ touched('int_activities_attached') }}
    where opportunity_id is not null
),

captures as (
    select lead_id from {{ touched('fct_stage_transitions') }}
    where transition_number = 1
),

stage_criteria as (
    select * from {{ ref('stage_criteria') }}
),

stages as (
    select * from {{ ref('int_stages_numbered') }}
    where is_phase
),

criteria as (
    select stage_criteria.*
    from stage_criteria
    inner join stages on stage_criteria.stage = stages.stage
),

weighed as (
    select
        activities.lead_id,
        activities.opportunity_id,
        activities.activity_id,
        activities.occurred_at,
        activities.is_buyer_act,
        criteria.stage as proved_phase
    from activities
    inner join captures on activities.lead_id = captures.lead_id
    left join criteria
        on
            activities.activity_type = criteria.activity_type
            and (criteria.outcome is null or activities.outcome = criteria.outcome)
),

summed as (
    select
        lead_id,
        opportunity_id,
        proved_phase,
        max({{ struct_of({'occurred_at': 'occurred_at', 'activity_id': 'activity_id'}) }})
        filter (where is_buyer_act) as last_buyer_act
    from weighed
    where is_buyer_act or proved_phase is not null
    group by lead_id, opportunity_id, proved_phase
),

unpacked as (
    select
        summed.lead_id,
        summed.opportunity_id,
        summed.proved_phase,
        summed.last_buyer_act.occurred_at as last_buyer_act_at,
        summed.last_buyer_act.activity_id as last_buyer_act_id
    from summed
)

select * from unpacked
