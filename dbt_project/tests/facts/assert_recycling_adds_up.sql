-- What waits is the same in the list and in the balance of the running month, and what is saved is made of the sums
-- that are published.
{{ config(meta={'dagster': {'ref': {'name': 'fct_recycling_candidates'}}}) }}
with candidates as (
    select * from {{ ref('fct_recycling_candidates') }}
),

economics as (
    select * from {{ ref('kpi_recycling_economics') }}
    where segment = 'all'
),

savings as (
    select * from {{ ref('int_recycling_savings') }}
),

listed as (
    select
        count(case when pool = 'never_opportunity' then 1 end) as never_opportunity,
        count(case when pool = 'lost_opportunity' then 1 end) as lost_opportunity,
        count(case when pool = 'unattended_customer' then 1 end) as unattended_customer,
        count(case when pool = 'churned_customer' then 1 end) as churned_customer
    from candidates
),

summed as (
    select
        sum(acquisition_amount) as acquisition_amount,
        coalesce(sum(recycling_amount), 0) as recycling_amount,
        coalesce(sum(new_opportunities), 0) as new_opportunities,
        coalesce(sum(recycled_opportunities), 0) as recycled_opportunities
    from economics
    where
        period_month >= {{ months_after(month_of(as_of_date()), -12) }}
        and period_month < {{ month_of(as_of_date()) }}
),

wrong as (
    select 'balances' as what
    from economics
    cross join listed
    where
        economics.period_month = {{ month_of(as_of_date()) }}
        and (
            economics.never_opportunity_balance <> listed.never_opportunity
            or economics.lost_opportunity_balance <> listed.lost_opportunity
            or economics.unattended_customer_balance <> listed.unattended_customer
            or economics.churned_customer_balance <> listed.churned_customer
        )
    union all
    select 'savings' as what
    from summed
    cross join savings
    where
        not ({{ same('summed.acquisition_amount', 'savings.acquisition_amount') }})
        or summed.recycling_amount <> savings.recycling_amount
        or summed.new_opportunities <> savings.new_opportunities
        or summed.recycled_opportunities <> savings.recycled_opportunities
)

select * from wrong
