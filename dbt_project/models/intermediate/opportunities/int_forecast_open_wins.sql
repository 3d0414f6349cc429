with opportunities as (
    select * from {{ ref('int_forecast_opportunities') }}
    where status = {{ open_status() }}
),

periods as (
    select * from {{ ref('int_forecast_periods') }}
),

survivals as (
    select * from {{ ref('int_forecast_survivals') }}
),

win_curves as (
    select * from {{ ref('int_forecast_win_curves') }}
),

won_amounts as (
    select * from {{ ref('int_forecast_won_amounts') }}
),

placed as (
    select
        forecast_as_of,
        segment,
        {{ phase_place('phase') }} as phase_place,
        least({{ days_back('phase_entered_at') }}, {{ last_risk_day() }}) as age_days,
        amount
    from opportunities
),

-- Opportunities of one phase and age are alike but for their amounts.
grouped as (
    select
        forecast_as_of,
        segment,
        phase_place,
        age_days,
        count(*) as opportunities,
        count(*) - count(amount) as opportunities_without_amount,
        coalesce(sum(amount), 0) as amount,
        coalesce(sum({{ squared('amount') }}), 0) as squared_amount
    from placed
    group by forecast_as_of, segment, phase_place, age_days
),

horizons as (
    select
        forecast_as_of,
        days_left as days
    from periods
    union
    select
        forecast_as_of,
        days_before as days
    from periods
),

-- They stay some days more, go on, and win in the days that are then left.
ways as (
    select
        grouped.forecast_as_of,
        grouped.segment,
        grouped.phase_place,
        grouped.age_days,
        horizons.days,
        sum({{ exact('survivals.moving * win_curves.win_share_of_leaving') }}) as win_share
    from grouped
    inner join horizons on grouped.forecast_as_of = horizons.forecast_as_of
    inner join survivals
        on
            grouped.forecast_as_of = survivals.forecast_as_of
            and grouped.segment = survivals.segment
            and grouped.phase_place = survivals.phase_place
            and grouped.age_days < survivals.days
            and survivals.days <= grouped.age_days + horizons.days
    inner join win_curves
        on
            grouped.forecast_as_of = win_curves.forecast_as_of
            and grouped.segment = win_curves.segment
            and grouped.phase_place = win_curves.phase_place
            and horizons.days - (survivals.days - grouped.age_days) = win_curves.days
    group by grouped.forecast_as_of, grouped.segment, grouped.phase_place, grouped.age_days, horizons.days
),

chances as (
    select
        ways.forecast_as_of,
        ways.segment,
        ways.phase_place,
        ways.age_days,
        ways.days,
        least(cast(ways.win_share as double) / nullif(survivals.still_there, 0), 1) as chance
    from ways
    inner join survivals
        on
            ways.forecast_as_of = survivals.forecast_as_of
            and ways.segment = survivals.segment
            and ways.phase_place = survivals.phase_place
            and ways.age_days = survivals.days
),

in_period as (
    select
        periods.forecast_as_of,
        periods.period_quarter,
        grouped.segment,
        grouped.phase_place,
        grouped.age_days,
        grouped.opportunities,
        greatest(coalesce(by_end.chance, 0) - coalesce(by_start.chance, 0), 0) as chance,
        cast(grouped.amount as double)
        + grouped.opportunities_without_amount * coalesce(won_amounts.mean_amount, 0) as amount,
        cast(grouped.squared_amount as double)
        + grouped.opportunities_without_amount * coalesce(won_amounts.mean_squared_amount, 0) as squared_amount
    from periods
    inner join grouped on periods.forecast_as_of = grouped.forecast_as_of
    left join won_amounts
        on grouped.forecast_as_of = won_amounts.forecast_as_of and grouped.segment = won_amounts.segment
    left join chances as by_end
        on
            grouped.forecast_as_of = by_end.forecast_as_of
            and grouped.segment = by_end.segment
            and grouped.phase_place = by_end.phase_place
            and grouped.age_days = by_end.age_days
            and periods.days_left = by_end.days
    left join chances as by_start
        on
            grouped.forecast_as_of = by_start.forecast_as_of
            and grouped.segment = by_start.segment
            and grouped.phase_place = by_start.phase_place
            and grouped.age_days = by_start.age_days
            and periods.days_before = by_start.days
),

summed as (
    select
        forecast_as_of,
        period_quarter,
        segment,
        sum({{ exact_sum('opportunities * chance') }}) as wins,
        sum({{ exact_sum('chance * amount') }}) as amount,
        sum({{ exact_sum('chance * (1 - chance) * squared_amount') }}) as variance
    from in_period
    group by forecast_as_of, period_quarter, segment
)

select
    forecast_as_of,
    period_quarter,
    segment,
    cast(wins as double) as wins,
    cast(amount as double) as amount,
    cast(variance as double) as variance
from summed
