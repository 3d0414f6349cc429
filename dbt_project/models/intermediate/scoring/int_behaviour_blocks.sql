{{ per_lead() }}

with activities as (
    select * from {{ touched('int_activities_attached') }}
),

weights as (
    select * from {{ ref('int_score_day_weights') }}
),

summed as (
    select
        activities.lead_id,
        weights.weight_block,
        sum({{ weighted_points('activities.points', 'weights.weight') }}) as block_sum,
        min(activities.occurred_at) as first_activity_at,
        max(activities.occurred_at) as last_activity_at,
        max(case when activities.is_buyer_act then activities.occurred_at end) as last_buyer_act_at,
        {{ latest('activities.activity_type', 'activities.occurred_at', 'activities.activity_id') }}
        filter (where activities.is_buyer_act) as last_buyer_act_type
    from activities
    left join weights on activities.occurred_on = weights.date_day
    group by activities.lead_id, weights.weight_block
)

select * from summed
