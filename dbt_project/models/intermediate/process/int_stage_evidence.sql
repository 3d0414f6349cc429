{{ per_lead('view') }}

{% set needed_sum = block_sum_needed(var('mql_behaviour_points'), 'carried.sum_before', 'weights.weight') %}
{% set is_fit_for_mql = "profiles.fit_grade in ('" ~ var('mql_fit_grades') | join("', '") ~ "')" %}

with activities as (
    select * from {{ touched('int_activities_attached') }}
),

profiles as (
    select * from {{ touched('int_lead_profiles') }}
    where profile = 'current'
),

weights as (
    select * from {{ ref('int_score_day_weights') }}
),

stages as (
    select * from {{ ref('int_stages_numbered') }}
    where is_success
),

stage_criteria as (
    select * from {{ ref('stage_criteria') }}
),

carried as (
    select * from {{ touched('int_behaviour_carried') }}
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

-- Every day has its weight: the outer join only keeps the planner from thinking that few acts have one.
met as (
    select
        activities.activity_id,
        activities.lead_id,
        profiles.lead_number,
        activities.occurred_at,
        activities.actor_id,
        activities.activity_type = 'opportunity_won' as is_strong,
        weights.weight_block,
        case
            when activities.points <> 0 and {{ is_fit_for_mql }}
                then {{ weighted_points('activities.points', 'weights.weight') }}
        end as weighted_points,
        case when activities.points > 0 and {{ is_fit_for_mql }} then {{ needed_sum }} end as needed_sum,
        greatest(criteria_of_type.stage_number, criteria_of_outcome.stage_number) as criterion_number,
        reported.stage_number as opportunity_number
    from activities
    inner join profiles on activities.lead_id = profiles.lead_id
    left join weights on activities.occurred_on = weights.date_day
    left join carried on activities.lead_id = carried.lead_id and weights.weight_block = carried.weight_block
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

summed as (
    select
        *,
        sum(weighted_points) over (
            partition by lead_number, weight_block
            order by occurred_at, activity_id
            rows between unbounded preceding and current row
        ) as block_sum
    from met
    where weighted_points is not null or criterion_number is not null or opportunity_number is not null
),

scored as (
    select
        *,
        case when cast(block_sum as double) >= needed_sum then {{ stage_number(score_stage()) }} end as score_number
    from summed
),

-- An activity gives one signal, for the highest stage it qualifies for.
judged as (
    select
        activity_id,
        lead_id,
        occurred_at,
        actor_id,
        greatest(criterion_number, opportunity_number, score_number) as stage_number,
        is_strong,
        case
            when opportunity_number = greatest(criterion_number, opportunity_number, score_number) then 'opportunity'
            when criterion_number = greatest(criterion_number, opportunity_number, score_number) then 'criterion'
            else 'score'
        end as basis
    from scored
    where criterion_number is not null or opportunity_number is not null or score_number is not null
)

select * from judged
