{% set phase_names = phase_codes() %}

with origins as (
    select * from {{ ref('int_forecast_origins') }}
),

counted as (
    select * from {{ ref('int_forecast_matured') }}
),

segments as (
    select segment from {{ ref('segments') }}
),

stages as (
    select
        stage,
        default_win_rate
    from {{ ref('stages') }}
    where stage in ({{ phases() }})
),

matured as (
    {% for phase in phase_names -%}
        select
            forecast_as_of,
            segment,
            '{{ phase }}' as phase,
            {{ phase }}_opportunities as opportunities,
            {{ phase }}_won as won
        from counted
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

matured_in_all as (
    select
        forecast_as_of,
        phase,
        cast(sum(opportunities) as bigint) as opportunities,
        cast(sum(won) as bigint) as won
    from matured
    group by forecast_as_of, phase
),

based as (
    select
        origins.forecast_as_of,
        segments.segment,
        stages.stage as phase,
        case
            when coalesce(matured.opportunities, 0) >= {{ least_cases() }} then 'segment'
            when coalesce(matured_in_all.opportunities, 0) > 0 then 'all'
            else 'default'
        end as win_rate_basis,
        matured.opportunities as segment_opportunities,
        matured.won as segment_won,
        matured_in_all.opportunities as all_opportunities,
        matured_in_all.won as all_won,
        stages.default_win_rate
    from origins
    cross join segments
    cross join stages
    left join matured
        on
            origins.forecast_as_of = matured.forecast_as_of
            and segments.segment = matured.segment
            and stages.stage = matured.phase
    left join matured_in_all
        on origins.forecast_as_of = matured_in_all.forecast_as_of and stages.stage = matured_in_all.phase
),

rated as (
    select
        forecast_as_of,
        segment,
        phase,
        win_rate_basis,
        case win_rate_basis when 'segment' then segment_opportunities when 'all' then all_opportunities else 0 end
            as matured_opportunities,
        case win_rate_basis when 'segment' then segment_won when 'all' then all_won else 0 end as won_opportunities,
        default_win_rate
    from based
)

select
    forecast_as_of,
    segment,
    phase,
    coalesce({{ ratio('won_opportunities', 'matured_opportunities') }}, cast(default_win_rate as double))
        as phase_win_rate,
    win_rate_basis,
    matured_opportunities,
    won_opportunities,
    default_win_rate
from rated
