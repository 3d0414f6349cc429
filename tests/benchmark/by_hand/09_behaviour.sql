-- The last act and its type in one number, once with the types upwards and once downwards: where both name one type,
-- no other was of the same instant.
create temp table blocks as
select
    acts.lead_row,
    weights.weight_block,
    sum(kinds.points * weights.weight) as block_sum,
    sum(kinds.points) filter (where kinds.points > 0) as points_won,
    max(epoch_us(acts.occurred_at) * 1024 + kinds.kind) filter (where kinds.is_buyer_act) as last_buyer_act,
    max(epoch_us(acts.occurred_at) * 1024 + 1023 - kinds.kind) filter (where kinds.is_buyer_act) as last_buyer_act_down
from acts
left join kinds on acts.kind = kinds.kind
left join weights on local_date(acts.occurred_at) = weights.date_day
group by acts.lead_row, weights.weight_block;

create temp table behaviours as
with today as (
    select * from weights
    where date_day = getvariable('today')
),
lives as (
    select
        blocks.lead_row,
        sum(blocks.block_sum) filter (where blocks.weight_block = today.weight_block) as block_sum,
        sum(blocks.block_sum) filter (where blocks.weight_block = today.weight_block - 1) as sum_before,
        max(blocks.last_buyer_act) as last_buyer_act,
        max(blocks.last_buyer_act_down) as last_buyer_act_down
    from blocks
    cross join today
    group by blocks.lead_row
),
ambiguous as (
    select lives.lead_row, max_by(activities.activity_type, activities.activity_id) as activity_type
    from lives
    inner join acts
        on lives.lead_row = acts.lead_row and acts.occurred_at = make_timestamptz(lives.last_buyer_act // 1024)
    inner join kinds on acts.kind = kinds.kind and kinds.is_buyer_act
    inner join store.raw.activities on acts.activity_row = activities.rowid
    where lives.last_buyer_act % 1024 <> 1023 - lives.last_buyer_act_down % 1024
    group by lives.lead_row
),
scored as (
    select
        leads.lead_row,
        make_timestamptz(lives.last_buyer_act // 1024) as last_buyer_act_at,
        coalesce(ambiguous.activity_type, kinds.activity_type) as last_buyer_act_type,
        behaviour_points(coalesce(lives.block_sum, 0), lives.sum_before, today.weight) as points
    from leads
    cross join today
    left join lives on leads.lead_row = lives.lead_row
    left join kinds on lives.last_buyer_act % 1024 = kinds.kind
    left join ambiguous on leads.lead_row = ambiguous.lead_row
)
select scored.*, grades.grade, grades.grade_position
from scored
inner join grades
    on
        grades.axis = 'behaviour'
        and (grades.from_points is null or scored.points >= grades.from_points - 0.000000001)
        and (grades.below_points is null or not scored.points >= grades.below_points - 0.000000001);
