{{ per_lead('view') }}

with activities as (
    select * from {{ touched('int_activities_attached') }}
),

stages as (
    select * from {{ ref('int_stages_numbered') }}
    where is_success
),

stage_criteria as (
    select * from {{ ref('stage_criteria') }}
),

-- The phases are the opportunity's own: its activities report them, criteria only prove them.
criteria as (
    select
        stage_criteria.activity_type,
        stage_criteria.outcome,
        max(stages.stage_number) as stage_number
    from stage_criteria
    inner join stages on stage_criteria.stage = stages.stage
    where not stages.is_phase
    group by stage_criteria.activity_type, stage_criteria.outcome
),

-- Few acts are of a type that tells of a stage.
telling_types as (
    select activity_type from criteria
    union
    select 'opportunity_created' as activity_type
    union
    select 'opportunity_phase_changed' as activity_type
    union
    select 'opportunity_won' as activity_type
),

told as (
    select
        activities.activity_id,
        activities.lead_id,
        activities.occurred_at,
        activities.actor_id,
        activities.activity_type = 'opportunity_won' as is_strong,
        greatest(criteria_of_type.stage_number, criteria_of_outcome.stage_number) as criterion_number,
        reported.stage_number as opportunity_number
    from activities
    inner join telling_types on activities.activity_type = telling_types.activity_type
    left join criteria as criteria_of_type
        on activities.activity_type = criteria_of_type.activity_type and criteria_of_type.outcome is null
    left join criteria as criteria_of_outcome
        on
            activities.activity_type = criteria_of_outcome.activity_type
            and activities.outcome = criteria_of_outcome.outcome
    left join stages as reported
        on
            case activities.activity_type
                when 'opportunity_created' then {{ first_phase() }}
                when 'opportunity_won' then {{ won_stage() }}
                when 'opportunity_phase_changed' then activities.stage
            end = reported.stage
),

-- An activity tells of the highest stage it qualifies for.
judged as (
    select
        activity_id,
        lead_id,
        occurred_at,
        actor_id,
        greatest(criterion_number, opportunity_number) as stage_number,
        is_strong,
        case
            when opportunity_number = greatest(criterion_number, opportunity_number) then 'opportunity'
            else 'criterion'
        end as basis
    from told
    where criterion_number is not null or opportunity_number is not null
)

select * from judged
