with opportunities as (
    select * from {{ ref('int_forecast_changes') }}
),

created as (
    select
        forecast_as_of,
        segment,
        {{ quarters_back('created_at', 'origin_at') }} as quarters_back,
        times as creations,
        0 as closes,
        0 as wins
    from opportunities
    where created_at >= origin_at - interval '{{ 24 * quarter_days() * swing_quarters() }} hours'
),

closed as (
    select
        forecast_as_of,
        segment,
        {{ quarters_back('closed_at', 'origin_at') }} as quarters_back,
        0 as creations,
        times as closes,
        case when status = {{ won_status() }} then times else 0 end as wins
    from opportunities
    where
        status <> {{ open_status() }}
        and closed_at >= origin_at - interval '{{ 24 * quarter_days() * swing_quarters() }} hours'
),

counted as (
    select
        forecast_as_of,
        segment,
        quarters_back,
        cast(sum(creations) as bigint) as creations,
        cast(sum(closes) as bigint) as closes,
        cast(sum(wins) as bigint) as wins
    from (
        select * from created
        union all
        select * from closed
        {{ and_of_kept_origins(['forecast_as_of', 'segment', 'quarters_back', 'creations', 'closes', 'wins']) }}
    ) as moments
    group by forecast_as_of, segment, quarters_back
    having sum(creations) <> 0 or sum(closes) <> 0
)

select * from counted
