with forecasts as (
    select * from {{ ref('int_forecasts') }}
    where is_current
),

targets as (
    select * from {{ ref('targets') }}
    where kpi = 'won_amount' and stage is null and target is not null
),

-- Those of field sales are everybody's.
targets_by_slice as (
    select
        {{ fiscal_quarter_of('period_month') }} as period_quarter,
        case scope when 'department' then 'all' else scope_id end as segment,
        sum(target) as target,
        count(distinct period_month) as months
    from targets
    where (scope = 'department' and scope_id = 'field_sales') or scope = 'segment'
    group by {{ fiscal_quarter_of('period_month') }}, case scope when 'department' then 'all' else scope_id end
),

whole_targets as (
    select * from targets_by_slice
    where months = 3
),

held_against_targets as (
    select
        forecasts.forecast_as_of,
        forecasts.period_quarter,
        forecasts.segment,
        forecasts.closed,
        forecasts.due_amount,
        forecasts.weighted,
        forecasts.commit,
        forecasts.best_case,
        forecasts.called_amount,
        forecasts.create_and_close,
        forecasts.expected,
        forecasts.p10,
        forecasts.p90,
        cast(whole_targets.target as decimal(18, 2)) as target,
        case
            when whole_targets.target > forecasts.closed
                then {{ ratio('forecasts.due_amount', 'whole_targets.target - forecasts.closed') }}
        end as coverage,
        {{ ratio('forecasts.due_amount', 'forecasts.weighted') }} as required_coverage
    from forecasts
    left join whole_targets
        on forecasts.period_quarter = whole_targets.period_quarter and forecasts.segment = whole_targets.segment
)

select * from held_against_targets
