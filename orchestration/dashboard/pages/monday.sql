-- name: alerts
-- mart: fct_alerts
-- key: alert_date, kpi, scope, scope_id
-- derived: stage = nullif(regexp_extract(kpi, '^(.*)_(entered|conversion_30d)$', 1), '')
-- derived: period_month = date_trunc('month', period_start)::date
-- where: alert_date >= (select arg_max(as_of, refresh_number)::date - 35 from marts.fct_refreshes)
select
    alert_date, kpi, scope, scope_id,
    nullif(regexp_extract(kpi, '^(.*)_(entered|conversion_30d)$', 1), '') as stage,
    date_trunc('month', period_start)::date as period_month,
    value, denominator, usual_low, usual_high, sentence
from marts.fct_alerts
where alert_date >= (select arg_max(as_of, refresh_number)::date - 35 from marts.fct_refreshes)
order by alert_date desc, kpi, scope, scope_id

-- name: leaks
-- mart: kpi_bottlenecks
-- key: window_end, segment, stage
-- where: is_latest and bottleneck_rank is not null
select
    window_end, segment, stage, next_stage, conversion, rate_low, rate_high, n, previous_conversion, previous_n,
    lost_wins, lost_amount, bottleneck_rank, sentence
from marts.kpi_bottlenecks
where is_latest and bottleneck_rank is not null
order by bottleneck_rank, window_end, segment, stage

-- name: missed
-- mart: kpi_departments
-- key: period_month, department, kpi
-- derived: over_limit = case when attainment < 1 and actual > target then actual - target end
-- where: (attainment < 0.9995 or (attainment < 1 and actual > target * 1.0005)) and period_month = (select max(period_month) from marts.kpi_departments where is_complete)
select
    period_month, department, kpi, actual, target, attainment,
    case when attainment < 1 and actual > target then actual - target end as over_limit,
    previous, is_complete
from marts.kpi_departments
where
    (attainment < 0.9995 or (attainment < 1 and actual > target * 1.0005))
    and period_month = (select max(period_month) from marts.kpi_departments where is_complete)
order by case when actual > target then target / actual else attainment end, period_month, department, kpi

-- name: restated
-- mart: kpi_restatements
-- key: period_month, mart, measure
-- where: is_news and difference <> 0
select period_month, mart, measure, published, current, difference, cause
from marts.kpi_restatements
where is_news and difference <> 0
order by period_month desc, mart, measure
limit 100

-- name: actions
-- mart: fct_next_actions
-- key: owner_id, trigger, segment
-- derived: actions = 1
-- derived: past_due = (due_at <= (select arg_max(as_of, refresh_number) from marts.fct_refreshes))::int
select
    owner_id, trigger, segment,
    sum(1) as actions,
    sum((due_at <= (select arg_max(as_of, refresh_number) from marts.fct_refreshes))::int) as past_due,
    sum(value_amount) as value_amount
from marts.fct_next_actions
group by owner_id, trigger, segment
order by sum(sum(1)) over (partition by owner_id) desc, owner_id, min(action_rank), trigger, segment

-- name: first_actions
-- mart: fct_next_actions
-- key: record_type, record_id
-- where: action_rank <= 3
select
    record_type, record_id, action_rank, owner_id, segment, stage, trigger, missing_criterion, action, channel, due_at, value_amount, reason_text
from marts.fct_next_actions
where action_rank <= 3
order by action_rank, value_amount desc nulls last, record_type, record_id
limit 900

-- name: recycling
-- mart: fct_recycling_candidates
-- key: pool, segment, ineligible_reason
-- derived: segment = (select dim_leads.segment from marts.dim_leads where dim_leads.lead_id = fct_recycling_candidates.lead_id)
-- derived: candidates = 1
-- derived: eligible = is_eligible::int
-- derived: listed = is_listed::int
-- derived: held_out = (is_eligible and is_holdout)::int
select
    pool, dim_leads.segment, ineligible_reason,
    sum(1) as candidates, sum(is_eligible::int) as eligible, sum(is_listed::int) as listed,
    sum((is_eligible and is_holdout)::int) as held_out
from marts.fct_recycling_candidates
left join marts.dim_leads using (lead_id)
group by pool, dim_leads.segment, ineligible_reason
order by pool, dim_leads.segment, ineligible_reason nulls first

-- name: read
-- mart: kpi_data_quality
-- key: refresh_id, feed
-- where: refresh_id = (select arg_max(refresh_id, refresh_number) from marts.fct_refreshes)
select
    refresh_id, feed, latest_occurred_at, rows_read, rows_accepted, rows_quarantined, parked_rows, unlisted_values,
    unknown_type_rows, repriced_contracts
from marts.kpi_data_quality
where refresh_id = (select arg_max(refresh_id, refresh_number) from marts.fct_refreshes)
order by refresh_id, feed

-- name: silent
-- mart: kpi_data_quality
-- key: refresh_id, feed
select refresh_id, feed, latest_occurred_at
from marts.kpi_data_quality
qualify
    row_number() over (partition by feed order by latest_occurred_at desc nulls last, refresh_id desc) = 1
    and feed in ('leads', 'activities')
    and latest_occurred_at < (
        select arg_max(as_of, refresh_number) - interval 3 day from marts.fct_refreshes
    )
order by refresh_id, feed

-- name: overdue
-- mart: fct_renewals
-- key: customer_id, due_date
-- where: status = 'overdue'
select customer_id, due_date, owner_id, old_mrr
from marts.fct_renewals
where status = 'overdue'
order by old_mrr desc, customer_id, due_date
limit 100
