{{ config(materialized='view') }}

with origins as (
    select * from {{ ref('int_forecast_origins') }}
),

spans as (
    select * from {{ ref('int_opportunity_spans') }}
),

kept as (
    select * from {{ ref('int_forecast_opportunities_then') }}
),

known as (
    select
        origins.forecast_as_of,
        origins.origin_at,
        origins.is_current,
        origins.knowledge,
        origins.is_kept,
        spans.opportunity_id,
        spans.segment,
        spans.{{ forecast_facts() | join(',\n        spans.') }}
    from origins
    inner join spans on origins.origin_at >= spans.stands_from and origins.origin_at < spans.stands_until
    where origins.knowledge = 'now'
    union all
    select
        origins.forecast_as_of,
        origins.origin_at,
        origins.is_current,
        origins.knowledge,
        origins.is_kept,
        kept.opportunity_id,
        kept.segment,
        kept.{{ forecast_facts() | join(',\n        kept.') }}
    from origins
    inner join kept on origins.origin_at = kept.origin_at
    where origins.knowledge = 'then'
)

select * from known
