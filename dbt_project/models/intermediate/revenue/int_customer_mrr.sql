with movements as (
    select * from {{ ref('fct_mrr_movements') }}
),

customer_leads as (
    select distinct
        customer_id,
        lead_id
    from {{ ref('int_contracts_attached') }}
),

prices as (
    select
        movements.customer_id,
        customer_leads.lead_id,
        movements.movement_date as valid_from,
        lead(movements.movement_date) over in_order as valid_to,
        movements.closing_mrr as mrr,
        min(case when movements.movement_type = 'churn' then movements.movement_date end) over after_it as churns_on
    from movements
    inner join customer_leads on movements.customer_id = customer_leads.customer_id
    window
        in_order as (partition by movements.customer_id order by movements.movement_date),
        after_it as (
            partition by movements.customer_id
            order by movements.movement_date
            rows between 1 following and unbounded following
        )
)

select * from prices
