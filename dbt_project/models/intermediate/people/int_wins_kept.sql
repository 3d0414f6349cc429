with wins as (
    select
        opportunity_id,
        lead_id,
        {{ days_after(local_date('closed_at'), next_stage_days('won_deals')) }} as looked_at_on
    from {{ ref('fct_opportunities') }}
    where status = {{ won_status() }}
),

contracts as (
    select * from {{ ref('int_contracts_attached') }}
),

spans as (
    select * from {{ ref('int_customer_mrr') }}
    where mrr > 0
),

customers_of_leads as (
    select distinct
        lead_id,
        customer_id
    from contracts
),

-- A win that no contract names is taken for one of its lead's customers.
customers_of_wins as (
    select
        wins.opportunity_id,
        wins.looked_at_on,
        coalesce(contracts.customer_id, customers_of_leads.customer_id) as customer_id
    from wins
    left join contracts on wins.opportunity_id = contracts.opportunity_id and contracts.closes_opportunity
    left join customers_of_leads on wins.lead_id = customers_of_leads.lead_id and contracts.contract_id is null
),

kept as (
    select
        customers_of_wins.opportunity_id,
        count(spans.customer_id) > 0 as was_kept
    from customers_of_wins
    left join spans
        on
            customers_of_wins.customer_id = spans.customer_id
            and customers_of_wins.looked_at_on >= spans.valid_from
            and (spans.valid_to is null or customers_of_wins.looked_at_on < spans.valid_to)
    group by customers_of_wins.opportunity_id
)

select * from kept
