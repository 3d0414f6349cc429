with origins as (
    select * from {{ ref('int_forecast_origins') }}
    where not is_current
),

opportunities as (
    select * from {{ ref('int_forecast_opportunities') }}
    where not is_current and status <> {{ lost_status() }}
),

segments as (
    select segment from {{ ref('segments') }}
),

phases as (
    select
        stage as phase,
        default_win_rate
    from {{ ref('stages') }}
    where stage in ({{ phases() }})
),

quarters as (
    select
        forecast_as_of,
        period_quarter,
        cast({{ months_after('period_quarter', 3) }} as date) as next_quarter,
        {{ local_midnight('period_quarter') }} as begins_at,
        {{ local_midnight(months_after('period_quarter', 3)) }} as ends_at,
        {{ local_midnight(months_after('period_quarter', -12)) }} as began_a_year_before,
        {{ local_midnight(months_after('period_quarter', -9)) }} as ended_a_year_before
    from origins
),

measured as (
    select
        *,
        cast({{ days_between('forecast_as_of', 'next_quarter') }} - 1 as integer) as days_left,
        cast({{ days_between('period_quarter', 'next_quarter') }} as integer) as days
    from quarters
),

known as (
    select
        opportunities.forecast_as_of,
        opportunities.segment,
        sum(
            case
                when
                    opportunities.closed_at >= measured.begins_at and opportunities.closed_at < measured.ends_at
                    then opportunities.amount_at_close
            end
        ) as closed,
        sum(
            case
                when
                    opportunities.closed_at >= measured.began_a_year_before
                    and opportunities.closed_at < measured.ended_a_year_before
                    then opportunities.amount_at_close
            end
        ) as won_a_year_before,
        sum(
            case
                when opportunities.closed_at is null and opportunities.expected_close_on < measured.next_quarter
                    then opportunities.amount * phases.default_win_rate
            end
        ) as weighted_by_default
    from opportunities
    inner join measured on opportunities.forecast_as_of = measured.forecast_as_of
    inner join phases on opportunities.phase = phases.phase
    group by opportunities.forecast_as_of, opportunities.segment
),

slices as (
    {{ segment_slices('segments') }}
),

summed as (
    select
        measured.forecast_as_of,
        measured.period_quarter,
        measured.days_left,
        measured.days,
        slices.segment,
        cast(coalesce(sum(known.closed), 0) as decimal(18, 2)) as closed,
        cast(coalesce(sum(known.won_a_year_before), 0) as decimal(18, 2)) as won_a_year_before,
        coalesce(sum(known.weighted_by_default), 0) as weighted_by_default
    from measured
    cross join slices
    left join known on measured.forecast_as_of = known.forecast_as_of and slices.of_segment = known.segment
    group by
        measured.forecast_as_of,
        measured.period_quarter,
        measured.days_left,
        measured.days,
        slices.segment
),

foreseen as (
    select
        forecast_as_of,
        period_quarter,
        segment,
        cast(closed + round(weighted_by_default, 2) as decimal(18, 2)) as static_weights,
        won_a_year_before as last_year,
        case
            when days_left < days then {{ cents_share('closed', 'days', '(days - days_left)') }}
        end as run_rate
    from summed
)

select * from foreseen
