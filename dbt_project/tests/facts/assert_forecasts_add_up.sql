-- The segments' forecasts make that of all of them, but for the interval. What is closed is part of each rollup, the
-- narrower rollup of the wider one, and what is expected lies in its interval.
{{ config(meta={'dagster': {'ref': {'name': 'kpi_forecast'}}}) }}
with forecasts as (
    select * from {{ ref('kpi_forecast') }}
),

together as (
    select * from forecasts
    where segment = 'all'
),

summed as (
    select
        period_quarter,
        count(*) as segments,
        sum(closed) as closed,
        sum(due_amount) as due_amount,
        sum(weighted) as weighted,
        sum(commit) as commit,
        sum(best_case) as best_case,
        sum(called_amount) as called_amount,
        sum(create_and_close) as create_and_close,
        sum(expected) as expected
    from forecasts
    where segment <> 'all'
    group by period_quarter
),

broken as (
    select
        together.period_quarter,
        'all' as segment,
        'the segments make another sum' as what
    from together
    inner join summed on together.period_quarter = summed.period_quarter
    where
        together.closed <> summed.closed
        or together.due_amount <> summed.due_amount
        or together.weighted <> summed.weighted
        or together.commit <> summed.commit
        or together.best_case <> summed.best_case
        or together.called_amount <> summed.called_amount
        or abs(together.create_and_close - summed.create_and_close) > 0.01 * summed.segments
        or abs(together.expected - summed.expected) > 0.01 * summed.segments
    union all
    select
        period_quarter,
        segment,
        'a part is greater than what it is part of' as what
    from forecasts
    where
        closed > commit
        or commit > best_case
        or closed > called_amount
        or closed > expected
        or p10 < closed
        or p10 > expected
        or expected > p90
)

select * from broken
