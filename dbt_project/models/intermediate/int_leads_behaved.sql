with activities as (
    select * from {{ ref('int_activities_attached') }}
),

weights as (
    select * from {{ ref('int_score_weights_spread') }}
),

today as (
    select * from weights
    where date_day = {{ as_of_date() }}
),

grades as (
    select * from {{ ref('int_score_grades_banded') }}
    where axis = 'behaviour'
),

leads as (
    select * from {{ ref('int_leads_merged') }}
),

summed as (
    select
        activities.lead_id,
        sum(
            case
                when weights.weight_block = today.weight_block
                    then {{ weighted_points('activities.points', 'weights.weight') }}
            end
        ) as block_sum,
        sum(
            case
                when weights.weight_block = today.weight_block - 1
                    then {{ weighted_points('activities.points', 'weights.weight') }}
            end
        ) as sum_before,
        max(case when activities.is_buyer_act then activities.occurred_at end) as last_buyer_act_at,
        max(case when activities.actor_id is not null then activities.occurred_at end) as last_own_act_at
    from activities
    inner join weights on activities.occurred_on = weights.date_day
    cross join today
    where activities.points <> 0 or activities.is_buyer_act or activities.actor_id is not null
    group by activities.lead_id
),

scored as (
    select
        leads.lead_id,
        summed.last_buyer_act_at,
        summed.last_own_act_at,
        {{ behaviour_points('coalesce(summed.block_sum, 0)', 'summed.sum_before', 'today.weight') }} as behaviour_points
    from leads
    left join summed on leads.lead_id = summed.lead_id
    cross join today
),

behaved as (
    select
        scored.lead_id,
        scored.last_buyer_act_at,
        scored.last_own_act_at,
        scored.behaviour_points,
        grades.grade as behaviour_grade
    from scored
    inner join grades
        on
            (grades.from_points is null or {{ reaches('scored.behaviour_points', 'grades.from_points') }})
            and (grades.below_points is null or not {{ reaches('scored.behaviour_points', 'grades.below_points') }})
)

select * from behaved
