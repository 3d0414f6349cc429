with opportunities as (
    select * from {{ ref('int_forecast_changes') }}
),

-- A stay lasts to the first one in a higher phase, or to the close.
entered as (
    {{ phase_stays('opportunities', 1) }}
    union all
    {{ phase_stays('opportunities', 2) }}
    union all
    {{ phase_stays('opportunities', 3) }}
    union all
    {{ phase_stays('opportunities', 4) }}
    union all
    {{ phase_stays('opportunities', 5) }}
),

lasting as (
    select
        forecast_as_of,
        segment,
        phase_place,
        case
            when moved_at <= coalesce(closed_at, moved_at) then moved_to
            when status = {{ won_status() }} then {{ place_of_win() }}
            when status = {{ lost_status() }} then {{ place_of_loss() }}
        end as moved_to,
        {{ days_back('entered_at') }} - {{ days_back('coalesce(least(moved_at, closed_at), origin_at)') }} as days,
        times
    from entered
    where entered_at <= coalesce(least(moved_at, closed_at), entered_at)
),

-- The age curve: the lost stay at risk, for what they will not win is part of it.
whole as (
    select
        forecast_as_of,
        segment,
        0 as phase_place,
        case when status = {{ won_status() }} then {{ place_of_win() }} end as moved_to,
        {{ days_back('created_at') }}
        - {{ days_back('case when status = ' ~ won_status() ~ ' then closed_at else origin_at end') }} as days,
        times
    from opportunities
    where created_at >= origin_at - interval '{{ 24 * stay_memory_days() }} hours'
),

counted as (
    select
        forecast_as_of,
        segment,
        phase_place,
        days,
        moved_to,
        sum(times) as stays
    from (
        select * from lasting
        union all
        select * from whole
        {{ and_of_kept_origins(['forecast_as_of', 'segment', 'phase_place', 'moved_to', 'days', 'stays as times']) }}
    ) as stays
    group by forecast_as_of, segment, phase_place, days, moved_to
    having sum(times) <> 0
)

select
    forecast_as_of,
    segment,
    cast(phase_place as integer) as phase_place,
    days,
    cast(moved_to as integer) as moved_to,
    cast(stays as bigint) as stays
from counted
