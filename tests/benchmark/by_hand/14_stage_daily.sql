-- Leads of one slice and moves between two stages are counted by number; names come to the few cells.
create temp table slices as
select
    named.segment,
    named.lead_source,
    case
        when named.lead_source is not null and lead_sources.lead_source is null then 'unlisted' else named.lead_source
    end as slice_source,
    cast(row_number() over () as usmallint) as slice,
    cast(dense_rank() over (order by named.segment) as usmallint) as segment_number
from (select distinct segment, lead_source from lead_slices) as named
left join seeds.lead_sources on named.lead_source = lead_sources.lead_source;

create temp table slice_numbers as
select lead_slices.lead_row, slices.slice, slices.segment_number
from lead_slices
inner join slices
    on lead_slices.segment = slices.segment and lead_slices.lead_source is not distinct from slices.lead_source;

create temp view sliced_moves as
select
    slice_numbers.slice,
    moves.from_reach,
    moves.to_reach,
    local_date(moves.entered_at) as entered_on,
    local_date(moves.exited_at) as exited_on,
    epoch_us(moves.exited_at) - epoch_us(moves.entered_at) as microseconds
from moves
inner join slice_numbers on moves.lead_row = slice_numbers.lead_row;

create temp table flows as
with entries as (
    select slice, from_reach, to_reach, entered_on as date_day, count(*) as moved from sliced_moves
    group by all
),
directed as (
    select entries.*, directions.direction
    from entries
    left join directions on entries.from_reach = directions.from_reach and entries.to_reach = directions.to_reach
)
select
    slice, to_reach as reach, date_day,
    moved as entered, 0 as exited, 0 as advanced, 0 as detoured, 0 as regressed, 0 as microseconds
from directed
union all
select
    slice, from_reach as reach, date_day,
    0 as entered,
    moved as exited,
    case when direction not in ('detour', 'backward') then moved else 0 end as advanced,
    case when direction = 'detour' then moved else 0 end as detoured,
    case when direction = 'backward' then moved else 0 end as regressed,
    0 as microseconds
from directed
where from_reach is not null
union all
select
    slice, to_reach as reach, exited_on as date_day,
    0 as entered, 0 as exited, 0 as advanced, 0 as detoured, 0 as regressed, sum(microseconds) as microseconds
from sliced_moves
where exited_on is not null
group by all;

create table warehouse.marts.kpi_stage_daily as
with combinations as (
    select *, cast(row_number() over () as integer) as combination
    from (
        select
            stages.stage,
            slices.segment,
            slices.slice_source as lead_source,
            min(entered.first_day) as first_day
        from (
            select slice, reach, min(date_day) as first_day from flows
            where entered > 0
            group by all
        ) as entered
        inner join slices on entered.slice = slices.slice
        inner join stages on entered.reach = stages.reach
        group by all
    )
),
numbered as (
    select slices.slice, stages.reach, combinations.combination
    from combinations
    inner join stages on combinations.stage = stages.stage
    inner join slices
        on
            combinations.segment = slices.segment
            and combinations.lead_source is not distinct from slices.slice_source
),
summed as (
    select
        numbered.combination,
        flows.date_day,
        sum(entered) as entered,
        sum(exited) as exited,
        sum(advanced) as advanced,
        sum(detoured) as detoured,
        sum(regressed) as regressed,
        sum(microseconds) as microseconds
    from flows
    inner join numbered on flows.slice = numbered.slice and flows.reach = numbered.reach
    group by numbered.combination, flows.date_day
),
days as (
    select cast(unnest(generate_series(
        (select min(date_day) from flows), getvariable('today'), interval 1 day
    )) as date) as date_day
),
daily as (
    select
        days.date_day,
        combinations.* exclude (first_day),
        cast(coalesce(summed.entered, 0) as bigint) as entered,
        cast(coalesce(summed.exited, 0) as bigint) as exited,
        cast(coalesce(summed.advanced, 0) as bigint) as advanced,
        cast(coalesce(summed.detoured, 0) as bigint) as detoured,
        cast(coalesce(summed.regressed, 0) as bigint) as regressed,
        cast(coalesce(summed.microseconds, 0) as double) / 1000000 as seconds_to_exit_sum
    from combinations
    inner join days on combinations.first_day <= days.date_day
    left join summed on combinations.combination = summed.combination and days.date_day = summed.date_day
)
select
    date_day, stage, segment, lead_source, entered, exited, advanced, detoured, regressed,
    cast(sum(entered - exited) over (
        partition by combination order by date_day rows between unbounded preceding and current row
    ) as bigint) as balance,
    seconds_to_exit_sum
from daily;
