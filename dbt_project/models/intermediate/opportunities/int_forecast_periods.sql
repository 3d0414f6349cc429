with origins as (
    select * from {{ ref('int_forecast_origins') }}
),

forecast as (
    select
        forecast_as_of,
        origin_at,
        is_current,
        period_quarter,
        true as is_running
    from origins
    union all
    select
        forecast_as_of,
        origin_at,
        is_current,
        {{ months_after('period_quarter', 3) }} as period_quarter,
        false as is_running
    from origins
    where is_current
),

-- A day that has just begun is to come, at a month end as at an as_of of that instant.
ending as (
    select
        *,
        {{ local_date("origin_at - interval '1 microsecond'") }} as last_day,
        {{ months_after('period_quarter', 3) }} as next_quarter
    from forecast
),

measured as (
    select
        forecast_as_of,
        origin_at,
        is_current,
        period_quarter,
        is_running,
        next_quarter,
        cast(greatest({{ days_between('last_day', 'period_quarter') }} - 1, 0) as integer) as days_before,
        cast({{ days_between('last_day', 'next_quarter') }} - 1 as integer) as days_left
    from ending
)

select * from measured
