with spans as (
    select * from {{ ref('int_customer_mrr') }}
    where mrr > 0
),

months as (
    select * from {{ ref('int_reported_months') }}
),

closings as (
    select
        spans.customer_id,
        spans.lead_id,
        months.period_month,
        spans.mrr
    from spans
    inner join months
        on
            spans.valid_from <= months.closes_on
            and (spans.valid_to is null or spans.valid_to > months.closes_on)
),

-- What a month closes with, the next one opens with.
closings_and_openings as (
    select
        customer_id,
        lead_id,
        period_month,
        0 as opening_mrr,
        mrr as closing_mrr
    from closings
    union all
    select
        closings.customer_id,
        closings.lead_id,
        months.period_month,
        closings.mrr as opening_mrr,
        0 as closing_mrr
    from closings
    inner join months on {{ months_after('closings.period_month', 1) }} = months.period_month
),

customer_months as (
    select
        customer_id,
        lead_id,
        period_month,
        cast(sum(opening_mrr) as decimal(18, 2)) as opening_mrr,
        cast(sum(closing_mrr) as decimal(18, 2)) as closing_mrr
    from closings_and_openings
    group by customer_id, lead_id, period_month
)

select * from customer_months
