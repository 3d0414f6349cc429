-- name: flows
-- mart: kpi_stage_daily
-- key: period_month, is_complete, stage, segment
-- derived: period_month = date_trunc('month', date_day)::date
-- derived: is_complete = date_trunc('month', date_day) <= (select max(period_month) from marts.kpi_departments where is_complete)
-- where: date_day >= (select date_trunc('month', max(date_day)) - interval 14 month from marts.kpi_stage_daily)
select
    date_trunc('month', date_day)::date as period_month,
    date_trunc('month', date_day) <= (select max(period_month) from marts.kpi_departments where is_complete) as is_complete,
    stage, segment,
    sum(entered) as entered, sum(exited) as exited, sum(advanced) as advanced, sum(detoured) as detoured
from marts.kpi_stage_daily
where date_day >= (select date_trunc('month', max(date_day)) - interval 14 month from marts.kpi_stage_daily)
group by 1, 2, stage, segment
order by period_month, is_complete, stage, segment

-- name: balances
-- mart: kpi_stage_daily
-- key: period_month, is_complete, date_day, stage, segment
-- derived: period_month = date_trunc('month', date_day)::date
-- derived: is_complete = date_trunc('month', date_day) <= (select max(period_month) from marts.kpi_departments where is_complete)
-- where: date_day >= (select date_trunc('month', max(date_day)) - interval 14 month from marts.kpi_stage_daily) and (date_day = last_day(date_day) or date_day = (select max(date_day) from marts.kpi_stage_daily))
select
    date_trunc('month', date_day)::date as period_month,
    date_trunc('month', date_day) <= (select max(period_month) from marts.kpi_departments where is_complete) as is_complete,
    date_day, stage, segment,
    sum(balance) as balance
from marts.kpi_stage_daily
where
    date_day >= (select date_trunc('month', max(date_day)) - interval 14 month from marts.kpi_stage_daily)
    and (date_day = last_day(date_day) or date_day = (select max(date_day) from marts.kpi_stage_daily))
group by 1, 2, date_day, stage, segment
order by period_month, is_complete, date_day, stage, segment

-- name: moves
-- mart: fct_stage_transitions
-- key: period_month, is_complete, from_stage, to_stage, direction, comes_back, segment
-- derived: period_month = date_trunc('month', entered_on)::date
-- derived: is_complete = date_trunc('month', entered_on) <= (select max(period_month) from marts.kpi_departments where is_complete)
-- derived: comes_back = cycle_number > 1
-- derived: transitions = 1
-- where: entered_on >= (select date_trunc('month', max(date_day)) - interval 14 month from marts.kpi_stage_daily)
select
    date_trunc('month', entered_on)::date as period_month,
    date_trunc('month', entered_on) <= (select max(period_month) from marts.kpi_departments where is_complete) as is_complete,
    from_stage, to_stage, direction, cycle_number > 1 as comes_back, segment,
    sum(1) as transitions
from marts.fct_stage_transitions
where entered_on >= (select date_trunc('month', max(date_day)) - interval 14 month from marts.kpi_stage_daily)
group by 1, 2, from_stage, to_stage, direction, 6, segment
order by period_month, is_complete, from_stage nulls first, to_stage, direction, comes_back, segment

-- name: went_on
-- mart: kpi_bottlenecks
-- key: window_end, segment, stage
-- where: window_end >= (select max(window_end) - interval 15 month from marts.kpi_bottlenecks)
select window_end, segment, stage, n, reached_next, conversion, rate_low, rate_high
from marts.kpi_bottlenecks
where window_end >= (select max(window_end) - interval 15 month from marts.kpi_bottlenecks)
order by window_end, segment, stage

-- name: speed
-- mart: kpi_stage_velocity
-- key: cohort_quarter, stage, segment
-- where: cohort_quarter >= (select max(cohort_quarter) - interval 15 month from marts.kpi_stage_velocity)
select cohort_quarter, stage, segment, stays, open_stays, p25_days, median_days, p75_days
from marts.kpi_stage_velocity
where cohort_quarter >= (select max(cohort_quarter) - interval 15 month from marts.kpi_stage_velocity)
order by cohort_quarter, stage, segment

-- name: sources
-- mart: kpi_stage_daily
-- key: date_day, stage, segment, lead_source
-- where: date_day = (select max(date_day) from marts.kpi_stage_daily) and balance > 0
select date_day, stage, segment, lead_source, balance
from marts.kpi_stage_daily
where date_day = (select max(date_day) from marts.kpi_stage_daily) and balance > 0
order by date_day, stage, segment, balance desc, lead_source

-- name: longest
-- mart: dim_leads
-- key: lead_id
-- derived: days_there = (epoch((select arg_max(as_of, refresh_number) from marts.fct_refreshes)) - epoch(stage_entered_at))::bigint // 86400
with
last_of_stages as (
    select current_stage, list_max(min(stage_entered_at, 200)) as entered_at
    from marts.dim_leads
    group by current_stage
)
select
    current_stage, lead_id, owner_id, segment,
    (epoch((select arg_max(as_of, refresh_number) from marts.fct_refreshes)) - epoch(stage_entered_at))::bigint // 86400
        as days_there
from marts.dim_leads
inner join last_of_stages using (current_stage)
where stage_entered_at <= entered_at
qualify row_number() over (partition by current_stage order by stage_entered_at, lead_id) <= 200
order by stage_entered_at, lead_id
