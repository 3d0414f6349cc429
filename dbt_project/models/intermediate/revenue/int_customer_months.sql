with spans as (
    select * from {{ ref('int_customer_mrr') }}
    where mrr > 0
),

months as (
    select
        period_month,
        closes_on,
        lag(closes_on) over (order by period_month) as closed_before
    from {{ ref('int_reported_months') }}
),

-- What a month closes with, the next one opens with.
lasting as (
    select
        spans.customer_id,
        spans.lead_id,
        months.period_month,
        case
            when spans.valid_from <= months.closed_before and coalesce(spans.valid_to > months.closed_before, true)
                then spans.mrr
            else 0
        end as opening_mrr,
        case when coalesce(spans.valid_to > months.closes_on, true) then spans.mrr else 0 end as closing_mrr
    from spans
    inner join months
        on
            spans.valid_from <= months.closes_on
            and (spans.valid_to is null or spans.valid_to > coalesce(months.closed_before, months.closes_on))
),

customer_months as (
    select
        customer_id,
        lead_id,
        period_month,
        cast(sum(opening_mrr) as decimal(18, 2)) as opening_mrr,
        cast(sum(closing_mrr) as decimal(18, 2)) as closing_mrr
    from lasting
    where opening_mrr > 0 or closing_mrr > 0
    group by customer_id, lead_id, period_month
)

select * from customer_months
