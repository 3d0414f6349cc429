-- Segments, `unassigned` included, add up to what the company has and what its departments came to.
{{ config(meta={'dagster': {'ref': {'name': 'kpi_segments'}}}) }}
with segments as (
    select
        period_month,
        sum(customers) as customers,
        sum(mrr) as mrr,
        sum(lost_customers) as lost_customers,
        sum(kept_mrr) as kept_mrr,
        sum(retained_mrr) as retained_mrr,
        sum(opportunities) as opportunities,
        sum(won_amount) as won_amount
    from {{ ref('kpi_segments') }}
    group by period_month
),

results as (
    select
        period_month,
        max(case when kpi = 'opportunities_created' then numerator end) as opportunities,
        max(case when kpi = 'won_amount' then numerator end) as won_amount
    from {{ ref('int_department_results') }}
    group by period_month
),

mrr_monthly as (
    select * from {{ ref('kpi_mrr_monthly') }}
),

broken as (
    select results.period_month
    from results
    left join segments on results.period_month = segments.period_month
    left join mrr_monthly on results.period_month = mrr_monthly.period_month
    where
        segments.period_month is null
        or segments.opportunities <> results.opportunities
        or segments.won_amount <> results.won_amount
        or segments.customers <> coalesce(mrr_monthly.customers, 0)
        or segments.mrr <> coalesce(mrr_monthly.closing_mrr, 0)
        or segments.lost_customers <> coalesce(mrr_monthly.lost_customers, 0)
        or segments.kept_mrr <> coalesce(mrr_monthly.kept_mrr, 0)
        or segments.retained_mrr <> coalesce(mrr_monthly.retained_mrr, 0)
)

select
    period_month,
    'kpi_segments: the segments of ' || cast(period_month as varchar) || ' do not add up to the company. Rebuild with '
    || '`revloop refresh --full`.' as message
from broken
