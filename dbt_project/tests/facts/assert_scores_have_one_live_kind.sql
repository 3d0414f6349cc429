-- Of all leads four orders are measured, and by exactly one of the rule and the model they are scored.
{{ config(meta={'dagster': {'ref': {'name': 'kpi_score_quality'}}}) }}
with quality as (
    select * from {{ ref('kpi_score_quality') }}
),

counted as (
    select
        segment,
        count(*) as kinds,
        count(case when is_live and score_kind in ('rule', 'model') then 1 end) as live_kinds,
        count(case when is_live then 1 end) as live_orders
    from quality
    group by segment
)

select * from counted
where kinds <> 4 or live_kinds <> 1 or live_orders <> 1
