{{ config(materialized='touched_rows') }}
{% if model.resource_type == 'model' -%}
    {% do ref('int_forecast_origins') -%}
    {% do touched('int_opportunity_spans') -%}
    {% do touched('int_spans_replaced') -%}
{% endif -%}
{% set facts = [
    'created_at', 'status', 'closed_at', 'is_excluded', 'p1_entered_at', 'p2_entered_at', 'p3_entered_at',
    'p4_entered_at', 'p5_entered_at',
] %}

with opportunities as (
    select * from {{ ref('int_forecast_opportunities') }}
),

{% if is_increment() -%}
    kept_origins as (
        select * from {{ ref('int_forecast_origins') }}
        where is_kept and knowledge = 'now'
    ),

    spans as (
        select
            segment,
            stands_from,
            stands_until,
            {{ facts | join(',\n            ') }},
            1 as times
        from {{ touched('int_opportunity_spans') }}
        union all
        select
            segment,
            stands_from,
            stands_until,
            {{ facts | join(',\n            ') }},
            -1 as times
        from {{ touched('int_spans_replaced') }}
    ),

{%- endif %}

changes as (
    select
        forecast_as_of,
        origin_at,
        segment,
        {{ facts | join(',\n        ') }},
        1 as times
    from opportunities
    {% if is_increment() -%}
    where not is_kept
    union all
    select
        kept_origins.forecast_as_of,
        kept_origins.origin_at,
        spans.segment,
        spans.{{ facts | join(',\n        spans.') }},
        spans.times
    from kept_origins
    inner join spans on kept_origins.origin_at >= spans.stands_from and kept_origins.origin_at < spans.stands_until
    {%- endif %}
)

select * from changes
