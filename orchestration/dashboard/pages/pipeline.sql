-- name: next_quarter
-- mart: kpi_forecast
-- key: period_quarter, segment
-- where: period_quarter > forecast_as_of
select
    period_quarter, segment, closed, commit, best_case, called_amount, due_amount, weighted, create_and_close,
    expected, p10, p90, target, coverage, required_coverage
from marts.kpi_forecast
where period_quarter > forecast_as_of
order by period_quarter, segment

-- name: quarter
-- mart: kpi_forecast
-- key: period_quarter, segment
-- where: period_quarter <= forecast_as_of
select
    period_quarter, segment, closed, commit, best_case, called_amount, due_amount, weighted, create_and_close,
    expected, p10, p90, target, coverage, required_coverage
from marts.kpi_forecast
where period_quarter <= forecast_as_of
order by period_quarter, segment

-- name: movements
-- mart: kpi_pipeline_movements
-- key: to_date, segment
-- where: to_date > (select max(to_date) - interval 13 month from marts.kpi_pipeline_movements)
select
    to_date, from_date, segment, start_amount, created, pulled_in, amount_up, amount_down, pushed_out, won, lost, end_amount,
    is_complete
from marts.kpi_pipeline_movements
where to_date > (select max(to_date) - interval 13 month from marts.kpi_pipeline_movements)
order by to_date, segment

-- name: phases
-- mart: kpi_pipeline
-- key: phase, segment
-- derived: open_opportunities = 1
select phase, segment, sum(1) as open_opportunities, sum(amount) as amount, sum(weighted_amount) as weighted_amount
from marts.kpi_pipeline
group by phase, segment
order by phase, segment

-- name: proof
-- mart: fct_opportunities
-- key: current_phase, proved_phase, segment
-- derived: proved_phase = coalesce(evidenced_phase, 'nothing')
-- derived: open_opportunities = 1
-- where: status = 'open'
select
    current_phase, coalesce(evidenced_phase, 'nothing') as proved_phase, segment, sum(1) as open_opportunities,
    sum(amount) as amount
from marts.fct_opportunities
where status = 'open'
group by current_phase, coalesce(evidenced_phase, 'nothing'), segment
order by current_phase, proved_phase, segment

-- name: foreseen
-- mart: kpi_forecast_backtest
-- key: forecast_as_of, segment
-- where: method = 'model'
select forecast_as_of, period_quarter, months_left, segment, expected, p10, p90, actual, is_within, is_complete
from marts.kpi_forecast_backtest
where method = 'model'
order by forecast_as_of, segment

-- name: errors
-- mart: kpi_forecast_backtest
-- key: segment, method, months_left
-- where: forecast_as_of > (select max(forecast_as_of) - interval 85 day from marts.kpi_forecast_backtest)
select
    segment, method, months_left, origins, wape, bias, interval_coverage, beats_baselines, overall_origins, overall_wape,
    overall_bias, overall_interval_coverage, overall_beats_baselines
from marts.kpi_forecast_backtest
where forecast_as_of > (select max(forecast_as_of) - interval 85 day from marts.kpi_forecast_backtest)
order by segment, method <> 'model', method, months_left desc

-- name: largest
-- mart: kpi_pipeline
-- key: opportunity_id
select
    opportunity_id, owner_id, segment, phase, forecast_category, amount, phase_win_rate, matured_opportunities,
    weighted_amount, expected_close_on, is_slipped, push_count
from marts.kpi_pipeline
qualify row_number() over (partition by segment order by amount desc nulls last, opportunity_id) <= 100
order by amount desc nulls last, opportunity_id
