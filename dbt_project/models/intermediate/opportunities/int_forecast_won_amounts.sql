with opportunities as (
    select * from {{ ref('int_forecast_opportunities') }}
),

segments as (
    select * from {{ ref('segments') }}
),

wins as (
    select
        forecast_as_of,
        segment,
        amount_at_close as amount
    from opportunities
    where
        status = {{ won_status() }}
        and amount_at_close is not null
        and closed_at >= origin_at - interval '{{ 24 * win_memory_days() }} hours'
),

by_segment as (
    select
        forecast_as_of,
        segment,
        count(*) as wins,
        sum(amount) as amount,
        sum({{ squared('amount') }}) as squared_amount
    from wins
    group by forecast_as_of, segment
),

of_all as (
    select
        forecast_as_of,
        cast(sum(amount) as double) / sum(wins) as mean_amount,
        cast(sum(squared_amount) as double) / sum(wins) as mean_squared_amount
    from by_segment
    group by forecast_as_of
),

shrunk as (
    select
        of_all.forecast_as_of,
        segments.segment,
        coalesce(by_segment.wins, 0) as wins,
        (coalesce(cast(by_segment.amount as double), 0) + {{ borrowed_wins() }} * of_all.mean_amount)
        / (coalesce(by_segment.wins, 0) + {{ borrowed_wins() }}) as mean_amount,
        (coalesce(cast(by_segment.squared_amount as double), 0) + {{ borrowed_wins() }} * of_all.mean_squared_amount)
        / (coalesce(by_segment.wins, 0) + {{ borrowed_wins() }}) as mean_squared_amount
    from of_all
    cross join segments
    left join by_segment on of_all.forecast_as_of = by_segment.forecast_as_of and segments.segment = by_segment.segment
)

select * from shrunk
