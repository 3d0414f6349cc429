-- The score can move a lead only until other evidence has brought it as far, and only if the points could ever do.
create temp table score_limits as
with fit_leads as (
    select lead_row from profiles
    where is_current and list_contains(getvariable('mql_fit_grades'), fit_grade)
),
others as (
    select lead_row, segment_number, min(signal_at) as signal_at from earliest
    where stage_code >= getvariable('mql_code')
    group by all
)
select fit_leads.lead_row, coalesce(others.signal_at, timestamptz 'infinity') as until_at
from fit_leads
left join others on fit_leads.lead_row = others.lead_row
where fit_leads.lead_row not in (select lead_row from segments)
union all
select segments.lead_row, max(least(coalesce(others.signal_at, segments.to_at), segments.to_at)) as until_at
from segments
inner join fit_leads on segments.lead_row = fit_leads.lead_row
left join others on segments.lead_row = others.lead_row and segments.segment_number = others.segment_number
where not segments.is_closed and segments.stage_code < getvariable('mql_code')
group by segments.lead_row;

create temp table scoring_leads as
select score_limits.lead_row, any_value(score_limits.until_at) as until_at
from score_limits
inner join blocks on score_limits.lead_row = blocks.lead_row
group by score_limits.lead_row
having sum(blocks.points_won) >= (getvariable('mql_behaviour_points') - 0.001) * 10000;

-- A life is a lead in one block of weights, in one number, so that the window sorts by two. What the block before left
-- comes first. The lookup of weights is a left join: an inner one on an expression looks so selective to the planner
-- that it builds its hash tables from the acts.
create temp macro weighted(some_acts) as table
select
    cast(some_acts.lead_row as bigint) * 65536 + weights.weight_block as life,
    some_acts.moment,
    some_acts.activity_row,
    case
        when kinds.points > 0
            then (getvariable('mql_behaviour_points') - 0.000000001) * 10000.0 * cast(weights.weight as double)
        else cast('infinity' as double)
    end as needed_sum,
    cast(kinds.points as double) * cast(weights.weight as double) as weighted_points
from query_table(some_acts) as some_acts
inner join kinds on some_acts.kind = kinds.kind
inner join scoring_leads on some_acts.lead_row = scoring_leads.lead_row
left join weights on local_date(some_acts.occurred_at) = weights.date_day
where kinds.points <> 0 and some_acts.occurred_at <= scoring_leads.until_at
union all
select
    cast(blocks.lead_row as bigint) * 65536 + blocks.weight_block + 1 as life,
    cast(-9223372036854775808 as bigint) as moment,
    0 as activity_row,
    cast('infinity' as double) as needed_sum,
    cast(blocks.block_sum as double) / 1099511627776.0 as weighted_points
from blocks
inner join scoring_leads on blocks.lead_row = scoring_leads.lead_row
where blocks.weight_block < (select max(weight_block) from blocks);

create temp macro scores_reached(weighted_acts) as table
with summed as (
    select
        life,
        moment,
        activity_row,
        sum(weighted_points) over in_order >= needed_sum as is_reached,
        lag(moment) over in_order is not distinct from moment as is_tied
    from query_table(weighted_acts)
    window in_order as (
        partition by life order by moment rows between unbounded preceding and current row
    )
)
select cast(life // 65536 as integer) as lead_row, moment, activity_row, is_reached, is_tied
from summed
where is_reached or is_tied;

create temp view timed_acts as select *, epoch_us(occurred_at) as moment from acts;
create temp view weighted_acts as from weighted('timed_acts');
create temp table scored as from scores_reached('weighted_acts');

-- Acts of one instant count by id: a lead that has such is summed again, in that order.
create temp table tied_leads as
select distinct lead_row from scored
where is_tied;

create temp table tied_acts as
select
    acts.*,
    row_number() over (order by acts.occurred_at, activities.activity_id) as moment
from (select * from acts where lead_row in (select lead_row from tied_leads)) as acts
inner join store.raw.activities on acts.activity_row = activities.rowid;
create temp view weighted_tied_acts as from weighted('tied_acts');

create temp table reached as
select lead_row, make_timestamptz(moment) as occurred_at, activity_row from scored
where is_reached and lead_row not in (select lead_row from tied_leads)
union all
select scored.lead_row, tied_acts.occurred_at, scored.activity_row
from scores_reached('weighted_tied_acts') as scored
inner join tied_acts on scored.activity_row = tied_acts.activity_row
where scored.is_reached;
drop table scored;

create temp table mql_signals as
with segmented as (
    select
        reached.lead_row,
        coalesce(segments.segment_number, 0) as segment_number,
        min(reached.occurred_at) as signal_at
    from reached
    left join segments
        on
            reached.lead_row = segments.lead_row
            and reached.occurred_at > segments.from_at
            and reached.occurred_at <= segments.to_at
    where not coalesce(segments.is_closed, false)
    group by all
)
select segmented.*, reached.activity_row as signal_row
from reached
inner join segmented on reached.lead_row = segmented.lead_row and reached.occurred_at = segmented.signal_at;
drop table reached;
drop table scoring_leads;
drop table score_limits;
drop table blocks;
