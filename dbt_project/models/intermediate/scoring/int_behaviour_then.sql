with rankable as (
    select * from {{ ref('int_leads_rankable_then') }}
),

acts as (
    select * from {{ ref('int_score_sample_acts') }}
    where is_buyer_act or points <> 0
),

weights as (
    select * from {{ ref('int_score_day_weights') }}
),

summed as (
    select
        acts.lead_id,
        {{ first_month_start('acts.occurred_at') }} as from_month,
        weights.weight_block,
        sum({{ weighted_points('acts.points', 'weights.weight') }}) as block_sum,
        max(case when acts.is_buyer_act then acts.occurred_at end) as last_buyer_act_at
    from acts
    inner join weights on acts.occurred_on = weights.date_day
    group by acts.lead_id, {{ first_month_start('acts.occurred_at') }}, weights.weight_block
),

-- Of the sample only, and by month: few rows a lead.
lives as (
    select
        rankable.lead_id,
        rankable.period_month,
        today.weight,
        sum(case when summed.weight_block = today.weight_block then summed.block_sum end) as block_sum,
        sum(case when summed.weight_block = today.weight_block - 1 then summed.block_sum end) as sum_before,
        max(summed.last_buyer_act_at) as last_buyer_act_at
    from rankable
    inner join weights as today on rankable.period_month = today.date_day
    inner join summed on rankable.lead_id = summed.lead_id and rankable.period_month >= summed.from_month
    group by rankable.lead_id, rankable.period_month, today.weight
),

scored as (
    select
        lead_id,
        period_month,
        {{ behaviour_points('coalesce(block_sum, 0)', 'sum_before', 'weight') }} as behaviour_points,
        last_buyer_act_at
    from lives
)

select * from scored
