with opportunities as (
    select * from {{ ref('int_forecast_opportunities') }}
),

periods as (
    select * from {{ ref('int_forecast_periods') }}
),

age_curves as (
    select * from {{ ref('int_forecast_win_curves') }}
    where phase_place = 0
),

won_amounts as (
    select * from {{ ref('int_forecast_won_amounts') }}
),

-- A young company has not been seen for as long as creations are counted.
seen as (
    select
        forecast_as_of,
        least({{ days_back('min(created_at)') }} + 1, {{ creation_memory_days() }}) as days_seen
    from opportunities
    group by forecast_as_of, origin_at
),

creations as (
    select
        forecast_as_of,
        segment,
        count(*) as creations
    from opportunities
    where created_at >= origin_at - interval '{{ 24 * creation_memory_days() }} hours'
    group by forecast_as_of, segment
),

-- Created on one of the days to come, won in those that are left then, but before the quarter begins.
summed as (
    select
        periods.forecast_as_of,
        periods.period_quarter,
        age_curves.segment,
        sum({{ exact('age_curves.win_share') }}) as wins_of_one_a_day
    from periods
    inner join age_curves
        on
            periods.forecast_as_of = age_curves.forecast_as_of
            and periods.days_left > age_curves.days
            and periods.days_before <= age_curves.days
    group by periods.forecast_as_of, periods.period_quarter, age_curves.segment
),

expected as (
    select
        summed.forecast_as_of,
        summed.period_quarter,
        summed.segment,
        creations.creations,
        cast(summed.wins_of_one_a_day as double) * creations.creations / seen.days_seen as wins
    from summed
    inner join seen on summed.forecast_as_of = seen.forecast_as_of
    inner join creations
        on summed.forecast_as_of = creations.forecast_as_of and summed.segment = creations.segment
),

priced as (
    select
        expected.forecast_as_of,
        expected.period_quarter,
        expected.segment,
        expected.creations,
        expected.wins,
        expected.wins * won_amounts.mean_amount as amount,
        expected.wins * won_amounts.mean_squared_amount as variance
    from expected
    inner join won_amounts
        on expected.forecast_as_of = won_amounts.forecast_as_of and expected.segment = won_amounts.segment
)

select * from priced
