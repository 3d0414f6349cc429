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
        max({{ struct_of({'occurred_at': 'activities.occurred_at', 'activity_id': 'activities.activity_id'}) }})
        filter (where activities.is_buyer_act) as last_buyer_act,
        max({{ struct_of({
            'occurred_at': 'activities.occurred_at',
            'activity_id': 'activities.activity_id',
            'content_id': 'activities.content_id',
        }) }})
        filter (where activities.is_buyer_act and activities.content_id is not null) as last_content_act
    from activities
    left join weights on activities.occurred_on = weights.date_day
    group by activities.lead_id, weights.weight_block
),

unpacked as (
    select
        summed.lead_id,
        summed.weight_block,
        summed.block_sum,
        summed.first_activity_at,
        summed.last_activity_at,
        summed.last_buyer_act.occurred_at as last_buyer_act_at,
        summed.last_buyer_act.activity_id as last_buyer_act_id,
        summed.last_content_act.occurred_at as last_content_at,
        summed.last_content_act.content_id as last_content_id
    from summed
)

select * from unpacked
