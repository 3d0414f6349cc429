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
bounded as (
    select
        *,
        {{ local_midnight('period_quarter') }} as begins_at,
        {{ local_midnight('next_quarter') }} as ends_at
    from (
        select
            *,
            {{ months_after('period_quarter', 3) }} as next_quarter
        from forecast
    ) as quarters
),

measured as (
    select
        *,
        case when is_running then 0 else {{ nearest_days('origin_at', 'begins_at') }} end as days_before,
        {{ nearest_days('origin_at', 'ends_at') }} as days_left
    from bounded
)

select * from measured
