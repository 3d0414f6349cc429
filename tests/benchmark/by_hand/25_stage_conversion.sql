-- A slice is a month, a stage, and a segment with a source or with all of them (from 512 on), in one number.
create temp table conversion_histogram as
with counted as (
    select
        ((extract(year from milestones.reached_on) * 12 + extract(month from milestones.reached_on) - 1) * 16
        + milestones.success_position) as month_and_stage,
        slice_numbers.slice,
        coalesce(milestones.days_to_next, getvariable('today') - milestones.reached_on) as duration,
        count(*) as cycles,
        count(milestones.days_to_next) as reached,
        count(milestones.days_to_next) filter (where not milestones.was_skipped) as exits,
        count(*) filter (where not milestones.was_skipped) as timed
    from milestones
    inner join slice_numbers on milestones.lead_row = slice_numbers.lead_row
    where milestones.success_position < (select max(success_position) from stages)
    group by all
),
shown as (
    select slice, min(slice) over (partition by segment_number, slice_source) as shown_slice from slices
    union all
    select slice, 512 + segment_number as shown_slice from slices
)
select
    counted.month_and_stage * 1024 + shown.shown_slice as slice,
    counted.duration,
    sum(counted.cycles) as cycles,
    sum(counted.reached) as reached,
    sum(counted.exits) as exits,
    sum(counted.timed - counted.exits) as censored
from counted
inner join shown on counted.slice = shown.slice
group by all;

create table warehouse.marts.kpi_stage_conversion as
with cohorts as (
    select
        slice,
        make_date(slice // 16384 // 12, slice // 16384 % 12 + 1, 1) as cohort_month,
        cast(sum(cycles) as bigint) as cycles,
        cast(sum(reached) as bigint) as reached_next,
        cast(coalesce(sum(reached) filter (where duration < 30), 0) as bigint) as reached_30d,
        cast(coalesce(sum(reached) filter (where duration < 60), 0) as bigint) as reached_60d,
        cast(coalesce(sum(reached) filter (where duration < 90), 0) as bigint) as reached_90d,
        cast(coalesce(sum(reached) filter (where duration < 180), 0) as bigint) as reached_180d
    from conversion_histogram
    group by slice
),
matured as (
    select
        cohorts.*,
        getvariable('today') - month_end(cohort_month) as age,
        case when age >= 90 then reached_90d end as reached_next_90d
    from cohorts
)
select
    matured.cohort_month,
    stages.stage,
    coalesce(slices.segment, segments.segment) as segment,
    case when slices.slice is null then 'all' else slices.slice_source end as lead_source,
    matured.cycles,
    matured.reached_next,
    case when age >= 30 then matured.reached_30d end as reached_next_30d,
    case when age >= 60 then matured.reached_60d end as reached_next_60d,
    reached_next_90d,
    case when age >= 180 then matured.reached_180d end as reached_next_180d,
    age >= 30 as is_mature_30d,
    age >= 60 as is_mature_60d,
    age >= 90 as is_mature_90d,
    age >= 180 as is_mature_180d,
    cast(medians.p50 as integer) as median_days_to_next,
    ratio(reached_next_90d, matured.cycles) as rate_90d,
    case
        when reached_next_90d = 0 then 0
        else wilson_bound(reached_next_90d, matured.cycles, -1.959963984540054e0)
    end as rate_90d_low,
    case
        when reached_next_90d = matured.cycles then 1
        else wilson_bound(reached_next_90d, matured.cycles, 1.959963984540054e0)
    end as rate_90d_high
from matured
inner join stages on matured.slice // 1024 % 16 = stages.success_position
left join slices on matured.slice % 1024 = slices.slice
left join (select distinct segment, segment_number from slices) as segments
    on matured.slice % 1024 = 512 + segments.segment_number
left join quartiles_of('conversion_histogram') as medians on matured.slice = medians.slice;
