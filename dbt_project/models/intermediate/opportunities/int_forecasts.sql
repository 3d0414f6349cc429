{%- set z = z_of_a_tenth() %}
with periods as (
    select * from {{ ref('int_forecast_periods') }}
),

rollups as (
    select * from {{ ref('int_forecast_rollups') }}
),

open_wins as (
    select * from {{ ref('int_forecast_open_wins') }}
),

new_wins as (
    select * from {{ ref('int_forecast_new_wins') }}
),

won_amounts as (
    select * from {{ ref('int_forecast_won_amounts') }}
),

swings as (
    select * from {{ ref('int_forecast_swings') }}
),

segments as (
    select * from {{ ref('segments') }}
),

by_segment as (
    select
        periods.forecast_as_of,
        periods.origin_at,
        periods.is_current,
        periods.period_quarter,
        segments.segment,
        coalesce(rollups.closed, 0) as closed,
        coalesce(rollups.due_amount, 0) as due_amount,
        coalesce(rollups.weighted, 0) as weighted,
        coalesce(rollups.due_commit, 0) as due_commit,
        coalesce(rollups.due_best_case, 0) as due_best_case,
        coalesce(rollups.due_called, 0) as due_called,
        coalesce(won_amounts.wins, 0) as known_wins,
        coalesce(open_wins.amount, 0) as open_amount,
        coalesce(new_wins.amount, 0) as new_amount,
        coalesce(open_wins.variance, 0)
        + coalesce(new_wins.variance, 0)
        + coalesce(open_wins.amount * open_wins.amount, 0) / greatest(coalesce(won_amounts.wins, 0), 1)
        + coalesce(new_wins.amount * new_wins.amount, 0) / greatest(coalesce(new_wins.creations, 0), 1) as variance
    from periods
    cross join segments
    left join rollups
        on
            periods.forecast_as_of = rollups.forecast_as_of
            and periods.period_quarter = rollups.period_quarter
            and segments.segment = rollups.segment
    left join open_wins
        on
            periods.forecast_as_of = open_wins.forecast_as_of
            and periods.period_quarter = open_wins.period_quarter
            and segments.segment = open_wins.segment
    left join new_wins
        on
            periods.forecast_as_of = new_wins.forecast_as_of
            and periods.period_quarter = new_wins.period_quarter
            and segments.segment = new_wins.segment
    left join won_amounts
        on periods.forecast_as_of = won_amounts.forecast_as_of and segments.segment = won_amounts.segment
),

slices as (
    select
        forecast_as_of,
        origin_at,
        is_current,
        period_quarter,
        segment,
        'segment' as slice,
        closed,
        due_amount,
        weighted,
        due_commit,
        due_best_case,
        due_called,
        sum(known_wins) over (partition by forecast_as_of, period_quarter) as known_wins,
        open_amount,
        new_amount,
        variance
    from by_segment
    union all
    select
        forecast_as_of,
        origin_at,
        is_current,
        period_quarter,
        'all' as segment,
        'all' as slice,
        sum(closed) as closed,
        sum(due_amount) as due_amount,
        sum(weighted) as weighted,
        sum(due_commit) as due_commit,
        sum(due_best_case) as due_best_case,
        sum(due_called) as due_called,
        sum(known_wins) as known_wins,
        cast(sum({{ exact_sum('open_amount') }}) as double) as open_amount,
        cast(sum({{ exact_sum('new_amount') }}) as double) as new_amount,
        cast(sum({{ exact_sum('variance') }}) as double) as variance
    from by_segment
    group by forecast_as_of, origin_at, is_current, period_quarter
),

swung as (
    select
        slices.*,
        slices.known_wins >= {{ least_cases() }} as is_known,
        slices.open_amount + slices.new_amount as remaining,
        slices.variance
        + coalesce(swings.creation_swing, 0) * slices.new_amount * slices.new_amount
        + coalesce(swings.win_swing, 0)
        * (slices.open_amount + slices.new_amount)
        * (slices.open_amount + slices.new_amount) as remaining_variance
    from slices
    left join swings on slices.forecast_as_of = swings.forecast_as_of and slices.slice = swings.slice
),

forecast as (
    select
        forecast_as_of,
        origin_at,
        is_current,
        period_quarter,
        segment,
        cast(closed as decimal(18, 2)) as closed,
        cast(due_amount as decimal(18, 2)) as due_amount,
        cast(weighted as decimal(18, 2)) as weighted,
        cast(closed + due_commit as decimal(18, 2)) as commit,
        cast(closed + due_commit + due_best_case as decimal(18, 2)) as best_case,
        cast(closed + due_called as decimal(18, 2)) as called_amount,
        case when is_known then cast(new_amount as decimal(18, 2)) end as create_and_close,
        cast(closed + case when is_known then cast(remaining as decimal(18, 2)) else weighted end as decimal(18, 2))
            as expected,
        case
            when is_known
                then
                    cast(
                        closed
                        + cast(
                            least({{ gamma_quantile('remaining', 'remaining_variance', '-' ~ z) }}, remaining)
                            as decimal(18, 2)
                        ) as decimal(18, 2)
                    )
        end as p10,
        case
            when is_known
                then
                    cast(
                        closed
                        + cast(
                            greatest({{ gamma_quantile('remaining', 'remaining_variance', z) }}, remaining)
                            as decimal(18, 2)
                        ) as decimal(18, 2)
                    )
        end as p90
    from swung
)

select * from forecast
