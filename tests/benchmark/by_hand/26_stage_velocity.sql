-- Lengths by quarter and place, those of no time again among them.
create temp table velocity_histogram as
with momentary as (
    select
        dim_dates.fiscal_quarter_starts_on as cohort_quarter,
        cast(slice_numbers.segment_number * 1024 + moves.to_reach as usmallint) as place,
        count(*) as momentary
    from moves
    inner join slice_numbers on moves.lead_row = slice_numbers.lead_row
    inner join warehouse.marts.dim_dates on local_date(moves.entered_at) = dim_dates.date_day
    where moves.exited_at = moves.entered_at
    group by all
),
lengths_and_momentary as (
    select cohort_quarter, place, age as duration, exits, stays - exits as censored, 0 as momentary from lengths
    union all
    select cohort_quarter, place, 0 as duration, momentary as exits, 0 as censored, momentary from momentary
)
select
    (cohort_quarter - date '1900-01-01') * 65536 + place as slice,
    duration,
    sum(exits) as exits,
    sum(censored) as censored,
    sum(momentary) as momentary
from lengths_and_momentary
group by slice, duration;

create table warehouse.marts.kpi_stage_velocity as
with cohorts as (
    select
        slice,
        cast(sum(exits + censored) as bigint) as stays,
        cast(sum(censored) as bigint) as open_stays,
        cast(sum(momentary) as bigint) as momentary_stays,
        cast(max(duration) filter (where censored > 0) as integer) as oldest_open_days
    from velocity_histogram
    group by slice
)
select
    days_after(date '1900-01-01', cohorts.slice // 65536) as cohort_quarter,
    places.stage,
    places.segment,
    cohorts.stays,
    cohorts.open_stays,
    cohorts.momentary_stays,
    cast(quartiles.p25 as integer) as p25_days,
    cast(quartiles.p50 as integer) as median_days,
    cast(quartiles.p75 as integer) as p75_days,
    cohorts.oldest_open_days
from cohorts
inner join places on cohorts.slice % 65536 = places.place
left join quartiles_of('velocity_histogram') as quartiles on cohorts.slice = quartiles.slice;
