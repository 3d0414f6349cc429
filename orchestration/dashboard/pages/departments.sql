-- name: departments
-- mart: kpi_departments
-- key: period_month, department, kpi
-- derived: over_limit = case when attainment < 1 and actual > target then actual - target end
-- where: period_month between (select coalesce(max(case when is_complete then period_month end), max(period_month)) - interval 24 month from marts.kpi_departments where actual is not null) and (select least(coalesce(max(case when is_complete then period_month end) + interval 2 month, max(period_month)), max(period_month)) from marts.kpi_departments where actual is not null)
select
    period_month,
    department,
    kpi,
    actual,
    target,
    attainment,
    case when attainment < 1 and actual > target then actual - target end as over_limit,
    denominator,
    previous,
    next_stage_base,
    next_stage_count,
    next_stage_rate,
    next_stage_rate_high,
    usual_next_stage_rate,
    quality_flag,
    is_complete
from marts.kpi_departments
where
    period_month between (
        select coalesce(max(case when is_complete then period_month end), max(period_month)) - interval 24 month
        from marts.kpi_departments
        where actual is not null
    ) and (
        select
            least(
                coalesce(max(case when is_complete then period_month end) + interval 2 month, max(period_month)),
                max(period_month)
            )
        from marts.kpi_departments
        where actual is not null
    )
order by department, kpi, period_month;

-- name: handovers
-- mart: kpi_handovers
-- key: period_month, from_department, to_department, segment
-- where: period_month > (select max(period_month) - interval 24 month from marts.kpi_handovers)
select
    period_month,
    from_department,
    to_department,
    segment,
    handed,
    accepted,
    rejected,
    accept_rate,
    accept_hours_median,
    next_stage_base,
    next_stage_rate,
    won_rate_180d,
    is_complete
from marts.kpi_handovers
where period_month > (select max(period_month) - interval 24 month from marts.kpi_handovers)
order by from_department, to_department, segment, period_month;

-- name: reps
-- mart: kpi_reps
-- key: period_month, rep_id, kpi
-- derived: over_limit = case when attainment < 1 and actual > target then actual - target end
-- where: target is not null and actual is not null and period_month > (select max(period_month) - interval 4 month from marts.kpi_reps where actual is not null)
select
    period_month,
    rep_id,
    team,
    kpi,
    actual,
    target,
    attainment,
    case when attainment < 1 and actual > target then actual - target end as over_limit,
    is_complete
from marts.kpi_reps
where
    target is not null
    and actual is not null
    and period_month > (select max(period_month) - interval 4 month from marts.kpi_reps where actual is not null)
order by period_month, kpi, attainment desc, rep_id;
