{% set measures = [] -%}
{% set sums = [] -%}
{% set totals = [] -%}
{% for phase in phase_codes() -%}
    {% set has_matured = is_matured(phase ~ '_entered_at', 'origin_at') -%}
    {% do measures.append('case when ' ~ has_matured ~ ' then times else 0 end as ' ~ phase ~ '_opportunities') -%}
    {% do measures.append(
        'case when ' ~ has_matured ~ ' and status = ' ~ won_status() ~ ' then times else 0 end as ' ~ phase ~ '_won'
    ) -%}
    {% for sum in [phase ~ '_opportunities', phase ~ '_won'] -%}
        {% do sums.append(sum) -%}
        {% do totals.append('cast(sum(' ~ sum ~ ') as bigint) as ' ~ sum) -%}
    {% endfor -%}
{% endfor -%}

with opportunities as (
    select * from {{ ref('int_forecast_changes') }}
    where not is_excluded
),

counted as (
    select
        forecast_as_of,
        segment,
        {{ measures | join(',\n        ') }}
    from opportunities
    {{ and_of_kept_origins(['forecast_as_of', 'segment'] + sums) }}
),

summed as (
    select
        forecast_as_of,
        segment,
        {{ totals | join(',\n        ') }}
    from counted
    group by forecast_as_of, segment
)

select * from summed
