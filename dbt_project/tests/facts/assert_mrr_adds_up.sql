-- Opening MRR plus the month's movements is closing MRR, which the next month opens with; what customers' movements
-- close with is what the last month closes with.
{{ config(meta={'dagster': {'ref': {'name': 'kpi_mrr_monthly'}}}) }}
with months as (
    select
        *,
        coalesce(lag(closing_mrr) over (order by period_month), 0) as closing_before
    from {{ ref('kpi_mrr_monthly') }}
),

movements as (
    select
        *,
        lag(closing_mrr) over (partition by customer_id order by movement_date) as closing_before
    from {{ ref('fct_mrr_movements') }}
),

broken as (
    select 'month ' || cast(period_month as varchar) as what
    from months
    where
        opening_mrr <> closing_before
        or closing_mrr <> opening_mrr + new_mrr + expansion_mrr + contraction_mrr + churn_mrr + reactivation_mrr
    union all
    select 'customer ' || customer_id as what
    from movements
    where opening_mrr <> coalesce(closing_before, 0) or amount <> closing_mrr - opening_mrr
    union all
    select 'total of all movements' as what
    from movements
    having sum(amount) <> coalesce((select max_by(months.closing_mrr, months.period_month) from months), 0)
)

select
    what,
    'MRR of ' || what || ' does not add up from opening to closing. Rebuild with `revloop refresh --full`.' as message
from broken
