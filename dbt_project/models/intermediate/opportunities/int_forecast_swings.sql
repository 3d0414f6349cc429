with counted as (
    select
        forecast_as_of,
        segment,
        quarters_back,
        cast(creations as double) as creations,
        cast(closes as double) as closes,
        cast(wins as double) as wins
    from {{ ref('int_forecast_quarters') }}
),

-- Quarters back from the origin, 0 the one that ends with it.
quarters as (
    select series.n as quarters_back
    from {{ number_series(swing_quarters() - 1) }} as series
),

slices as (
    select
        forecast_as_of,
        segment,
        'segment' as slice,
        quarters_back,
        creations,
        closes,
        wins
    from counted
    union all
    select
        forecast_as_of,
        'all' as segment,
        'all' as slice,
        quarters_back,
        sum(creations) as creations,
        sum(closes) as closes,
        sum(wins) as wins
    from counted
    group by forecast_as_of, quarters_back
),

known as (
    select distinct
        forecast_as_of,
        segment,
        slice
    from slices
),

filled as (
    select
        known.forecast_as_of,
        known.segment,
        known.slice,
        quarters.quarters_back,
        coalesce(slices.creations, 0) as creations,
        coalesce(slices.closes, 0) as closes,
        coalesce(slices.wins, 0) as wins
    from known
    cross join quarters
    left join slices
        on
            known.forecast_as_of = slices.forecast_as_of
            and known.segment = slices.segment
            and quarters.quarters_back = slices.quarters_back
),

compared as (
    select
        forecast_as_of,
        segment,
        slice,
        creations,
        closes,
        wins,
        sum(creations) over two_before / 2 as usual_creations,
        sum(closes) over two_before as closes_before,
        sum(wins) over two_before / nullif(sum(closes) over two_before, 0) as usual_win_share,
        count(*) over two_before as quarters_before
    from filled
    window
        two_before as (
            partition by forecast_as_of, segment
            order by quarters_back desc
            rows between 2 preceding and 1 preceding
        )
),

-- What was seen against what the two quarters before led to expect, less what chance alone makes of such numbers.
strayed as (
    select
        forecast_as_of,
        slice,
        usual_creations * usual_creations as usual_creations_squared,
        (creations - usual_creations) * (creations - usual_creations) - creations - usual_creations / 2
            as strayed_creations,
        coalesce(closes * usual_win_share * closes * usual_win_share, 0) as usual_wins_squared,
        coalesce(
            (wins - closes * usual_win_share) * (wins - closes * usual_win_share)
            - closes * usual_win_share * (1 - usual_win_share) * (1 + closes / nullif(closes_before, 0)),
            0
        ) as strayed_wins
    from compared
    where quarters_before = 2
),

summed as (
    select
        forecast_as_of,
        slice,
        greatest(
            coalesce(
                cast(sum({{ exact_sum('strayed_creations') }}) as double)
                / nullif(cast(sum({{ exact_sum('usual_creations_squared') }}) as double), 0),
                0
            ),
            0
        ) as creation_swing,
        greatest(
            coalesce(
                cast(sum({{ exact_sum('strayed_wins') }}) as double)
                / nullif(cast(sum({{ exact_sum('usual_wins_squared') }}) as double), 0),
                0
            ),
            0
        ) as win_swing
    from strayed
    group by forecast_as_of, slice
)

select * from summed
