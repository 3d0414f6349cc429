with stays as (
    select * from {{ ref('int_forecast_stays') }}
),

survivals as (
    select * from {{ ref('int_forecast_survivals') }}
),

periods as (
    select * from {{ ref('int_forecast_periods') }}
),

segments as (
    select * from {{ ref('segments') }}
),

horizons as (
    select
        forecast_as_of,
        max(days_left) as days_left
    from periods
    group by forecast_as_of
),

days as (
    select series.n as days
    from {{ number_series("(select max(days_left) from horizons)") }} as series
),

moves as (
    select
        forecast_as_of,
        segment,
        phase_place,
        moved_to,
        sum(stays) as moves
    from stays
    where moved_to <= {{ place_of_win() }}
    group by forecast_as_of, segment, phase_place, moved_to
),

moves_of_segment as (
    select
        forecast_as_of,
        segment,
        phase_place,
        sum(moves) as moves
    from moves
    group by forecast_as_of, segment, phase_place
),

moves_of_all as (
    select
        forecast_as_of,
        phase_place,
        moved_to,
        cast(sum(moves) as double) as moves,
        cast(sum(sum(moves)) over (partition by forecast_as_of, phase_place) as double) as moves_from_phase
    from moves
    group by forecast_as_of, phase_place, moved_to
),

-- Where those go who move on: a phase may be skipped.
shares as (
    select
        moves_of_all.forecast_as_of,
        segments.segment,
        moves_of_all.phase_place,
        moves_of_all.moved_to,
        (
            coalesce(moves.moves, 0)
            + {{ borrowed_moves() }} * moves_of_all.moves / moves_of_all.moves_from_phase
        ) / (coalesce(moves_of_segment.moves, 0) + {{ borrowed_moves() }}) as share
    from moves_of_all
    cross join segments
    left join moves
        on
            moves_of_all.forecast_as_of = moves.forecast_as_of
            and moves_of_all.phase_place = moves.phase_place
            and moves_of_all.moved_to = moves.moved_to
            and segments.segment = moves.segment
    left join moves_of_segment
        on
            moves_of_all.forecast_as_of = moves_of_segment.forecast_as_of
            and moves_of_all.phase_place = moves_of_segment.phase_place
            and segments.segment = moves_of_segment.segment
),

-- From the last phase back, and the opportunity as a whole.
{{ win_curve(5, lasts=true) }},

{{ win_curve(4) }},

{{ win_curve(3) }},

{{ win_curve(2) }},

{{ win_curve(1) }},

{{ win_curve(0, lasts=true) }},

curves as (
    select * from entered_1
    union all
    select * from entered_0
)

select
    forecast_as_of,
    segment,
    cast(phase_place as integer) as phase_place,
    days,
    win_share,
    win_share_of_leaving
from curves
