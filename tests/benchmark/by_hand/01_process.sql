create macro local_date(instant) as case
    when getvariable('reporting_timezone') = 'UTC' then cast(make_timestamp(epoch_us(instant)) as date)
    else cast(instant at time zone getvariable('reporting_timezone') as date)
end;
create macro midnight_there(local_day) as cast(local_day as timestamp) at time zone getvariable('reporting_timezone');
create macro local_midnight(local_day) as case
    when local_date(midnight_there(local_day) - interval 1 hour) = local_day
        then midnight_there(local_day) - interval 1 hour
    else midnight_there(local_day)
end;
create macro month_of(local_day) as cast(date_trunc('month', local_day) as date);
create macro days_after(local_day, days) as cast(local_day + cast(days as integer) as date);
create macro is_covered_at(starts_at, first_signed_at, uncovered_at, is_overdue, instant) as
    least(starts_at, first_signed_at) <= instant and (uncovered_at is null or instant < uncovered_at or is_overdue);
create macro in_reporting_currency(amount, rate) as cast(
    cast(floor(amount) as decimal(20, 0)) * cast(coalesce(rate, 1) as decimal(18, 8))
    + greatest(
        cast(
            cast(amount - floor(amount) as decimal(19, 18)) * cast(coalesce(rate, 1) as decimal(18, 8)) - 0.000000005
            as decimal(28, 8)
        ),
        0
    )
    as decimal(18, 2)
);
create macro ratio(numerator, denominator) as
    cast(numerator as double) / nullif(cast(denominator as double), 0);
create macro behaviour_points(block_sum, sum_before, weight) as
    (cast(block_sum as double) + cast(coalesce(sum_before, 0) as double) / 1099511627776.0)
    / (10000.0 * cast(weight as double));
create macro part(field) as concat(length(cast(field as varchar)), ':', field);
set variable today = local_date(getvariable('as_of'));

create temp table stages as
select
    stage,
    kind = 'success' as is_success,
    kind = 'success' and stage in ('p1', 'p2', 'p3', 'p4', 'p5') as is_phase,
    stage in ('recycled', 'churned') as is_recyclable,
    stage in ('lost', 'disqualified') as is_closed,
    cast(case when kind = 'success' then rank else -row_number() over (partition by kind order by stage) end as integer)
        as stage_code,
    cast(row_number() over (partition by kind order by rank, stage) as integer) as position_in_kind,
    case when kind = 'success' then position_in_kind end as success_position,
    -- How far a stage brings a lead within a segment, and which stage it is: detours begin again at the first rank.
    case when kind = 'success' then position_in_kind * 64 else 64 + position_in_kind end as reach
from seeds.stages;
set variable first_code = (select min(stage_code) from stages where is_success);
set variable captured_code = (select stage_code from stages where stage = 'captured');
set variable mql_code = (select stage_code from stages where stage = 'mql');
set variable recyclable_reaches = (select list(reach) from stages where is_recyclable);
set variable won_code = (select stage_code from stages where stage = 'onboarding');
set variable renewed_code = (select stage_code from stages where stage = 'renewed');
set variable lost_reach = (select reach from stages where stage = 'lost');
set variable churned_code = (select stage_code from stages where stage = 'churned');

create temp table criteria as
select stage_criteria.activity_type, stage_criteria.outcome, max(stages.stage_code) as stage_code
from seeds.stage_criteria
inner join stages on stage_criteria.stage = stages.stage
where stages.is_success and not stages.is_phase
group by all;

-- All that a type says of an activity, in one row, so that the scan joins once.
create temp table kinds as
with types as (
    select activity_type from seeds.activity_types
    union
    select distinct activity_type from store.raw.activities
)
select
    types.activity_type,
    cast(row_number() over (order by types.activity_type) as usmallint) as kind,
    coalesce(activity_types.is_buyer_act, false) as is_buyer_act,
    cast(coalesce(activity_types.points, 0) * 10000 as bigint) as points,
    criteria.stage_code as criterion_code,
    case types.activity_type
        when 'opportunity_created' then (select stage_code from stages where stage = 'p1')
        when 'opportunity_won' then getvariable('won_code')
    end as opportunity_code
from types
left join seeds.activity_types on types.activity_type = activity_types.activity_type
left join criteria on types.activity_type = criteria.activity_type and criteria.outcome is null;

set variable won_kind = (select kind from kinds where activity_type = 'opportunity_won');

create temp table weights as
with days as (
    select cast(unnest(generate_series(
        (select cast(min(occurred_at) as date) - 1 from store.raw.activities), getvariable('today') + 1, interval 1 day
    )) as date) as date_day
),
aged as (
    select
        date_day,
        cast(date_diff('day', date '1899-12-31', date_day) as double) / getvariable('score_half_life_days')
            as half_lives
    from days
)
select
    date_day,
    cast(floor(half_lives / 40) as integer) as weight_block,
    cast(round(power(2.0, half_lives - floor(half_lives)) * 1099511627776) as hugeint)
    * cast(power(2.0, cast(floor(half_lives) as bigint) % 40) as hugeint) as weight
from aged;

create temp table grades as
select
    axis,
    grade,
    case when row_number() over (partition by axis order by min_points) > 1 then min_points end as from_points,
    lead(min_points) over (partition by axis order by min_points) as below_points,
    row_number() over (partition by axis order by min_points desc) as grade_position
from seeds.score_grades;
