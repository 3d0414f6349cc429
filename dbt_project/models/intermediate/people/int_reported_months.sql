with leads as (
    select * from {{ ref('dim_leads') }}
),

movements as (
    select * from {{ ref('fct_mrr_movements') }}
),

first_days as (
    select {{ local_date('min(captured_at)') }} as first_on
    from leads
    union all
    select min(movement_date) as first_on
    from movements
),

months as (
    select distinct {{ month_of('days.date_day') }} as period_month
    from {{ day_series("(select min(first_on) from first_days)", as_of_date()) }} as days
),

closed as (
    select
        period_month,
        least({{ month_end('period_month') }}, {{ as_of_date() }}) as closes_on,
        {{ is_complete('period_month') }} as is_complete
    from months
)

select * from closed
