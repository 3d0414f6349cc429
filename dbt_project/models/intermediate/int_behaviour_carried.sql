with activities as (
    select * from {{ ref('int_activities_attached') }}
    where points <> 0
),

weights as (
    select * from {{ ref('int_score_weights_spread') }}
),

spans as (
    select
        lead_id,
        min(occurred_on) as first_on,
        max(occurred_on) as last_on
    from activities
    group by lead_id
),

-- Few leads live longer than a block: the sums of the others are needed nowhere.
spanning as (
    select spans.lead_id
    from spans
    inner join weights as first_weights on spans.first_on = first_weights.date_day
    inner join weights as last_weights on spans.last_on = last_weights.date_day
    where first_weights.weight_block < last_weights.weight_block
),

carried as (
    select
        activities.lead_id,
        weights.weight_block + 1 as weight_block,
        sum({{ weighted_points('activities.points', 'weights.weight') }}) as sum_before
    from activities
    inner join spanning on activities.lead_id = spanning.lead_id
    inner join weights on activities.occurred_on = weights.date_day
    group by activities.lead_id, weights.weight_block
)

select * from carried
