with risks as (
    select * from {{ ref('int_forecast_risks') }}
),

periods as (
    select * from {{ ref('int_forecast_periods') }}
),

lasts as (
    select
        forecast_as_of,
        max(days_left) + {{ last_risk_day() }} as last_day
    from periods
    group by forecast_as_of
),

days as (
    select series.n as days
    from {{ number_series("(select max(last_day) from lasts)") }} as series
),

daily as (
    select
        risks.forecast_as_of,
        risks.segment,
        risks.phase_place,
        days.days,
        risks.move_risk,
        {{ exact('ln(greatest(1 - risks.move_risk - risks.loss_risk, 1e-12))') }} as log_of_staying
    from risks
    inner join lasts on risks.forecast_as_of = lasts.forecast_as_of
    inner join days on days.days between risks.first_day and risks.last_day and lasts.last_day >= days.days
),

summed as (
    select
        *,
        sum(log_of_staying) over (
            partition by forecast_as_of, segment, phase_place
            order by days
            rows between unbounded preceding and current row
        ) as log_of_still_there
    from daily
),

-- The last digits of a logarithm do not show.
shares as (
    select
        forecast_as_of,
        segment,
        phase_place,
        days,
        round(exp(cast(log_of_still_there as double)), 12) as still_there,
        round(exp(cast(log_of_still_there - log_of_staying as double)) * move_risk, 12) as moving
    from summed
)

select * from shares
