with blocks as (
    select * from {{ ref('int_behaviour_summed') }}
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

lives as (
    select
        blocks.lead_id,
        sum(case when blocks.weight_block = today.weight_block then blocks.block_sum end) as block_sum,
        sum(case when blocks.weight_block = today.weight_block - 1 then blocks.block_sum end) as sum_before,
        max(blocks.last_own_act_at) as last_own_act_at,
        max(blocks.last_buyer_act_at) as last_buyer_act_at,
        max_by(blocks.last_buyer_act_type, blocks.last_buyer_act_at) as last_buyer_act_type
    from blocks
    cross join today
    group by blocks.lead_id
),

scored as (
    select
        leads.lead_id,
        lives.last_buyer_act_at,
        lives.last_buyer_act_type,
        lives.last_own_act_at,
        {{ behaviour_points('coalesce(lives.block_sum, 0)', 'lives.sum_before', 'today.weight') }} as behaviour_points
    from leads
    left join lives on leads.lead_id = lives.lead_id
    cross join today
),

behaved as (
    select
        scored.lead_id,
        scored.last_buyer_act_at,
        scored.last_buyer_act_type,
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
