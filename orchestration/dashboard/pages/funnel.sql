-- name: funnel
-- mart: kpi_bottlenecks
-- key: window_end, segment, stage
-- where: window_end >= (select max(window_end) - interval 23 month from marts.kpi_bottlenecks)
select
    window_end, segment, stage, next_stage, n, reached_next, conversion, rate_low, rate_high, previous_n,
    previous_reached_next, previous_conversion, lost_wins, lost_amount, bottleneck_rank
from marts.kpi_bottlenecks
where window_end >= (select max(window_end) - interval 23 month from marts.kpi_bottlenecks)
order by window_end, segment, stage

-- name: stages
-- mart: kpi_stage_conversion
-- key: cohort_month, stage, segment, lead_source
-- where: is_mature_90d and cohort_month >= (select max(cohort_month) from marts.kpi_stage_conversion) - case when lead_source = 'all' then interval 15 month else interval 9 month end
select cohort_month, stage, segment, lead_source, cycles, reached_next_90d, rate_90d, rate_90d_low, rate_90d_high
from marts.kpi_stage_conversion
where
    is_mature_90d
    and cohort_month >= (select max(cohort_month) from marts.kpi_stage_conversion)
    - case when lead_source = 'all' then interval 15 month else interval 9 month end
order by cohort_month desc, stage, segment, lead_source nulls last

-- name: speed
-- mart: kpi_stage_velocity
-- key: cohort_quarter, is_complete, stage, segment
-- derived: is_complete = cohort_quarter + interval 2 month <= (select max(period_month) from marts.kpi_departments where is_complete)
-- where: cohort_quarter >= (select max(cohort_quarter) - interval 24 month from marts.kpi_stage_velocity)
select
    cohort_quarter,
    cohort_quarter + interval 2 month <= (select max(period_month) from marts.kpi_departments where is_complete)
        as is_complete,
    stage, segment, stays, open_stays, p25_days, median_days, p75_days, oldest_open_days
from marts.kpi_stage_velocity
where cohort_quarter >= (select max(cohort_quarter) - interval 24 month from marts.kpi_stage_velocity)
order by cohort_quarter, is_complete, stage, segment

-- name: grown
-- mart: kpi_maturity_curve
-- key: cohort_month, milestone, age_period, segment
-- where: is_observed and age_period <= 7 and cohort_month >= (select max(cohort_month) - interval 17 month from marts.kpi_maturity_curve)
select cohort_month, milestone, age_period, segment, age_days, cohort_leads, converted, rate, rate_low, rate_high
from marts.kpi_maturity_curve
where
    is_observed and age_period <= 7
    and cohort_month >= (select max(cohort_month) - interval 17 month from marts.kpi_maturity_curve)
order by cohort_month desc, milestone, age_period, segment

-- name: expected
-- mart: kpi_maturity_curve
-- key: cohort_month, milestone, age_period, segment
-- where: cohort_month = (select max(cohort_month) from marts.kpi_maturity_curve) and age_period <= 11
select cohort_month, milestone, age_period, segment, age_days, expected_rate, is_drifting
from marts.kpi_maturity_curve
where cohort_month = (select max(cohort_month) from marts.kpi_maturity_curve) and age_period <= 11
order by cohort_month, milestone, age_period, segment

-- name: to_come
-- mart: kpi_maturity_curve
-- key: cohort_month, milestone, segment
-- derived: so_far = case when is_observed and age_period = (select max(seen.age_period) from marts.kpi_maturity_curve as seen where seen.is_observed and seen.cohort_month = kpi_maturity_curve.cohort_month and seen.milestone = kpi_maturity_curve.milestone and seen.segment = kpi_maturity_curve.segment) then converted else 0 end
-- derived: to_come = case when is_observed then 0 else expected_new end
-- where: cohort_month >= (select max(cohort_month) - interval 17 month from marts.kpi_maturity_curve)
select
    cohort_month, milestone, segment,
    sum(case when is_observed and age_period = (
        select max(seen.age_period) from marts.kpi_maturity_curve as seen
        where
            seen.is_observed and seen.cohort_month = kpi_maturity_curve.cohort_month
            and seen.milestone = kpi_maturity_curve.milestone and seen.segment = kpi_maturity_curve.segment
    ) then converted else 0 end) as so_far,
    sum(case when is_observed then 0 else expected_new end) as to_come
from marts.kpi_maturity_curve
where cohort_month >= (select max(cohort_month) - interval 17 month from marts.kpi_maturity_curve)
group by cohort_month, milestone, segment
order by cohort_month, milestone, segment

-- name: closed
-- mart: fct_opportunities
-- key: closed_within, max_phase, status, segment
-- derived: closed_within = case when closed_at > (select arg_max(as_of, refresh_number) from marts.fct_refreshes) - interval 365 day then 'last_365_days' else 'days_366_to_730' end
-- derived: opportunities = 1
-- where: status <> 'open' and is_excluded is not true and closed_at > (select arg_max(as_of, refresh_number) from marts.fct_refreshes) - interval 730 day
select
    case
        when closed_at > (select arg_max(as_of, refresh_number) from marts.fct_refreshes) - interval 365 day
            then 'last_365_days'
        else 'days_366_to_730'
    end as closed_within,
    max_phase, status, segment,
    sum(1) as opportunities, sum(amount_at_close) as amount_at_close
from marts.fct_opportunities
where
    status <> 'open' and is_excluded is not true
    and closed_at > (select arg_max(as_of, refresh_number) from marts.fct_refreshes) - interval 730 day
group by 1, max_phase, status, segment
order by closed_within desc, max_phase, status, segment
