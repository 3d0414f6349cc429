with periods as (
    select * from {{ ref('int_forecast_periods') }}
),

opportunities as (
    select * from {{ ref('int_forecast_opportunities') }}
),

phase_rates as (
    select * from {{ ref('int_forecast_phase_rates') }}
),

-- What should have closed before is due in the running quarter; what has no date is due in none.
counted as (
    select
        periods.forecast_as_of,
        periods.period_quarter,
        opportunities.segment,
        opportunities.phase,
        opportunities.amount,
        opportunities.amount_at_close,
        opportunities.forecast_category,
        opportunities.called_outcome,
        opportunities.called_amount,
        opportunities.status = {{ open_status() }} as is_due
    from periods
    inner join opportunities on periods.forecast_as_of = opportunities.forecast_as_of
    where
        (
            opportunities.status = {{ won_status() }}
            and opportunities.closed_at >= periods.begins_at
            and opportunities.closed_at < periods.ends_at
        ) or (
            opportunities.status = {{ open_status() }}
            and opportunities.expected_close_on < periods.next_quarter
            and (opportunities.expected_close_on >= periods.period_quarter or periods.is_running)
        )
),

valued as (
    select
        counted.*,
        case when counted.is_due then {{ weighted_amount('counted.amount', 'phase_rates') }} end as weighted_amount
    from counted
    inner join phase_rates
        on
            counted.forecast_as_of = phase_rates.forecast_as_of
            and counted.segment = phase_rates.segment
            and counted.phase = phase_rates.phase
),

summed as (
    select
        forecast_as_of,
        period_quarter,
        segment,
        coalesce(sum(case when not is_due then amount_at_close end), 0) as closed,
        coalesce(sum(case when is_due then amount end), 0) as due_amount,
        coalesce(sum(weighted_amount), 0) as weighted,
        coalesce(sum(case when is_due and forecast_category = 'commit' then amount end), 0) as due_commit,
        coalesce(sum(case when is_due and forecast_category = 'best_case' then amount end), 0) as due_best_case,
        coalesce(
            sum(case when is_due and called_outcome = 'commit' then coalesce(called_amount, amount) end), 0
        ) as due_called
    from valued
    group by forecast_as_of, period_quarter, segment
)

select * from summed
