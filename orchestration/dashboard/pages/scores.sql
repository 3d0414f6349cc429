-- name: saved
-- mart: fct_recycling_candidates
-- key: lead_id
select lead_id, saved_acquisition_amount
from marts.fct_recycling_candidates
order by lead_id
limit 1

-- name: year
-- mart: kpi_recycling_economics
-- key: segment
-- where: (select max(period_month) from marts.kpi_recycling_economics) between period_month + interval 1 month and period_month + interval 12 month
select
    segment, sum(new_leads) as new_leads, sum(acquisition_amount) as acquisition_amount,
    sum(new_opportunities) as new_opportunities, sum(new_wins) as new_wins, sum(recycled_leads) as recycled_leads,
    sum(recycling_amount) as recycling_amount, sum(recycled_opportunities) as recycled_opportunities,
    sum(recycled_wins) as recycled_wins
from marts.kpi_recycling_economics
where
    (select max(period_month) from marts.kpi_recycling_economics)
    between period_month + interval 1 month and period_month + interval 12 month
group by segment
order by segment

-- name: economics
-- mart: kpi_recycling_economics
-- key: period_month, segment
-- where: period_month > (select max(period_month) - interval 24 month from marts.kpi_recycling_economics)
select
    period_month, segment, cost_per_opportunity_with, cost_per_opportunity_without, cac_with, cac_without,
    new_opportunities, recycled_opportunities, new_wins, recycled_wins, never_opportunity_balance,
    lost_opportunity_balance, unattended_customer_balance, churned_customer_balance, is_complete
from marts.kpi_recycling_economics
where period_month > (select max(period_month) - interval 24 month from marts.kpi_recycling_economics)
order by period_month, segment

-- name: uplift
-- mart: kpi_recycling_uplift
-- key: age_days, pool, segment
-- where: offered_month is null
select
    age_days, pool, segment, treated, treated_opportunities, treated_rate, holdout, holdout_opportunities, holdout_rate,
    uplift, uplift_low, uplift_high, is_conclusive
from marts.kpi_recycling_uplift
where offered_month is null
order by age_days, pool, segment

-- name: passes
-- mart: kpi_recycling
-- key: cohort_month, pool, cycle_number, segment
-- where: age_days = 90 and is_mature and cohort_month > (select max(cohort_month) - interval 15 month from marts.kpi_recycling)
select
    cohort_month, pool, cycle_number, segment, cycles, opportunities, opportunity_rate, rate_low, rate_high,
    new_lead_opportunity_rate, yield_ratio, won, won_amount, cost_per_opportunity
from marts.kpi_recycling
where
    age_days = 90 and is_mature
    and cohort_month > (select max(cohort_month) - interval 15 month from marts.kpi_recycling)
order by cohort_month, pool <> 'new', pool, cycle_number, segment

-- name: waiting
-- mart: fct_recycling_candidates
-- key: state, pool, segment
-- derived: state = case when is_eligible then 'eligible' else ineligible_reason end
-- derived: segment = (select dim_leads.segment from marts.dim_leads where dim_leads.lead_id = fct_recycling_candidates.lead_id)
-- derived: leads = 1
select
    case when candidates.is_eligible then 'eligible' else candidates.ineligible_reason end as state, candidates.pool,
    leads.segment, sum(1) as leads
from marts.fct_recycling_candidates as candidates
left join marts.dim_leads as leads on candidates.lead_id = leads.lead_id
group by
    case when candidates.is_eligible then 'eligible' else candidates.ineligible_reason end, candidates.pool, leads.segment
order by state <> 'eligible', state, candidates.pool, leads.segment

-- name: quality
-- mart: kpi_score_quality
-- key: score_kind, segment
select
    score_kind, model_version, segment, is_live, refused_reason, lead_count, positive_count, base_rate, lift_10, lift_20,
    capture_20, roc_auc, auc_low, auc_high, brier_skill, calibration_error, input_drift
from marts.kpi_score_quality
order by score_kind, segment

-- name: calibration
-- mart: kpi_score_calibration
-- key: model_version, segment, bin
select model_version, segment, bin, lead_count, mean_probability, observed_rate, low, high
from marts.kpi_score_calibration
order by model_version, segment, bin

-- name: factors
-- mart: fct_lead_scores
-- key: factor_1_name, direction, segment
-- derived: direction = case when factor_1_contribution < 0 then 'lowers' else 'raises' end
-- derived: leads = 1
-- where: factor_1_name is not null
select
    factor_1_name, case when factor_1_contribution < 0 then 'lowers' else 'raises' end as direction, segment,
    sum(1) as leads
from marts.fct_lead_scores
where factor_1_name is not null
group by factor_1_name, case when factor_1_contribution < 0 then 'lowers' else 'raises' end, segment
order by factor_1_name, direction, segment
