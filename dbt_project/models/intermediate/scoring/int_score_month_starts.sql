{% set last_start = month_of(days_after(month_of(as_of_date()), '-' ~ var('score_horizon_days'))) %}

with numbers as (
    select * from {{ number_series(23) }} as numbers
),

months as (
    select {{ months_after(last_start, '-n') }} as period_month
    from numbers
),

starts as (
    select
        period_month,
        {{ local_midnight('period_month') }} as starts_at
    from months
)

select * from starts
