-- name: mrr
-- mart: kpi_mrr_monthly
-- key: period_month
-- where: period_month > (select max(period_month) - interval 24 month from marts.kpi_mrr_monthly)
select
    period_month, opening_mrr, new_mrr, expansion_mrr, reactivation_mrr, contraction_mrr, churn_mrr, closing_mrr,
    customers, opening_customers, lost_customers, grr, nrr, logo_churn_rate, is_complete
from marts.kpi_mrr_monthly
where period_month > (select max(period_month) - interval 24 month from marts.kpi_mrr_monthly)
order by period_month

-- name: cohorts
-- mart: kpi_retention_cohorts
-- key: cohort_month, age_months
-- where: cohort_month > (select max(cohort_month) - interval 24 month from marts.kpi_retention_cohorts)
select cohort_month, age_months, customers, retained, logo_rate, first_mrr, mrr, grr, nrr
from marts.kpi_retention_cohorts
where cohort_month > (select max(cohort_month) - interval 24 month from marts.kpi_retention_cohorts)
order by cohort_month, age_months

-- name: renewals
-- mart: fct_renewals
-- key: due_month, status
-- derived: renewals = 1
-- where: due_month between (select date_trunc('month', arg_max(as_of, refresh_number)) - interval 6 month from marts.fct_refreshes) and (select date_trunc('month', arg_max(as_of, refresh_number)) + interval 12 month from marts.fct_refreshes)
select
    due_month, status, sum(1) as renewals, sum(old_mrr) as old_mrr, sum(renewed_mrr) as renewed_mrr,
    sum(uplift_mrr) as uplift_mrr
from marts.fct_renewals
where
    due_month between (select date_trunc('month', arg_max(as_of, refresh_number)) - interval 6 month from marts.fct_refreshes)
    and (select date_trunc('month', arg_max(as_of, refresh_number)) + interval 12 month from marts.fct_refreshes)
group by due_month, status
order by due_month, status

-- name: due
-- mart: fct_renewals
-- key: customer_id, due_date
-- derived: health_band = (select health.health_band from marts.fct_customer_health as health where health.customer_id = fct_renewals.customer_id and health.scored_at = (select max(scored_at) from marts.fct_customer_health))
-- where: status in ('overdue', 'upcoming') and due_month <= (select date_trunc('month', arg_max(as_of, refresh_number)) + interval 1 month from marts.fct_refreshes)
select
    renewals.customer_id, renewals.owner_id, renewals.due_date, renewals.status, renewals.old_mrr, health.health_band
from marts.fct_renewals as renewals
left join marts.fct_customer_health as health
    on
        renewals.customer_id = health.customer_id
        and health.scored_at = (select max(scored_at) from marts.fct_customer_health)
where
    renewals.status in ('overdue', 'upcoming')
    and renewals.due_month <= (
        select date_trunc('month', arg_max(as_of, refresh_number)) + interval 1 month from marts.fct_refreshes
    )
order by
    renewals.status = 'overdue' desc,
    case health.health_band when 'critical' then 1 when 'watch' then 2 else 3 end,
    renewals.old_mrr desc,
    renewals.customer_id,
    renewals.due_date
limit 200

-- name: due_in_all
-- mart: fct_renewals
-- key: status
-- derived: renewals = 1
-- where: status in ('overdue', 'upcoming') and due_month <= (select date_trunc('month', arg_max(as_of, refresh_number)) + interval 1 month from marts.fct_refreshes)
select status, sum(1) as renewals, sum(old_mrr) as old_mrr
from marts.fct_renewals
where
    status in ('overdue', 'upcoming')
    and due_month <= (select date_trunc('month', arg_max(as_of, refresh_number)) + interval 1 month from marts.fct_refreshes)
group by status
order by status

-- name: health
-- mart: fct_customer_health
-- key: scored_at, health_band
-- derived: customers = 1
-- where: scored_at > (select max(scored_at) - interval 13 month from marts.fct_customer_health)
select scored_at, health_band, sum(1) as customers, sum(mrr) as mrr
from marts.fct_customer_health
where scored_at > (select max(scored_at) - interval 13 month from marts.fct_customer_health)
group by scored_at, health_band
order by scored_at, list_position(['healthy', 'watch', 'critical'], health_band), health_band

-- name: health_quality
-- mart: kpi_health_quality
-- key: scored_month, health_band
-- where: scored_month = (select max(scored_month) from marts.kpi_health_quality)
select scored_month, health_band, customers, churned, churn_rate, rate_low, rate_high, roc_auc
from marts.kpi_health_quality
where scored_month = (select max(scored_month) from marts.kpi_health_quality)
order by scored_month, list_position(['healthy', 'watch', 'critical'], health_band), health_band

-- name: voice
-- mart: kpi_voice
-- key: period_month, activity_type, segment
-- where: period_month > (select max(period_month) - interval 13 month from marts.kpi_voice)
select
    period_month, activity_type, segment, answers, scores, score_mean, promoters, detractors, open_tickets,
    hours_to_solve_median, is_complete
from marts.kpi_voice
where period_month > (select max(period_month) - interval 13 month from marts.kpi_voice)
order by period_month, activity_type, segment

-- name: segments
-- mart: kpi_segments
-- key: period_month, segment
-- where: period_month > (select max(period_month) - interval 24 month from marts.kpi_segments)
select
    period_month, segment, customers, mrr, spend_amount, wins, outcomes_of_selling, win_rate, cac,
    sales_cycle_days_median, mean_logo_churn_rate, lifetime_value, ltv_to_cac, is_complete
from marts.kpi_segments
where period_month > (select max(period_month) - interval 24 month from marts.kpi_segments)
order by period_month, segment
