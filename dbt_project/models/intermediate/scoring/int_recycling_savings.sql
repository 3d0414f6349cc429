{% set first_month = months_after(month_of(as_of_date()), -12) %}

with campaign_spend as (
    select * from {{ ref('campaign_spend') }}
),

costs as (
    select * from {{ ref('int_recycled_cycles_costed') }}
),

opportunities as (
    select
        *,
        {{ month_of(local_date('created_at')) }} as period_month
    from {{ ref('fct_opportunities') }}
    where opportunity_type <> 'expansion'
),

leads as (
    select {{ month_of(local_date('min(captured_at)')) }} as first_month
    from {{ ref('dim_leads') }}
),

acquired as (
    select sum(campaign_spend.amount) as acquisition_amount
    from campaign_spend
    cross join leads
    where
        campaign_spend.period_month >= greatest({{ first_month }}, leads.first_month)
        and campaign_spend.period_month < {{ month_of(as_of_date()) }}
),

worked as (
    select coalesce(sum(cost_amount), 0) as recycling_amount
    from costs
    where period_month >= {{ first_month }} and period_month < {{ month_of(as_of_date()) }}
),

opened as (
    select
        count(case when cycle_number = 1 then 1 end) as new_opportunities,
        count(case when cycle_number > 1 then 1 end) as recycled_opportunities
    from opportunities
    where period_month >= {{ first_month }} and period_month < {{ month_of(as_of_date()) }}
),

savings as (
    select
        acquired.acquisition_amount,
        worked.recycling_amount,
        opened.new_opportunities,
        opened.recycled_opportunities,
        {{ ratio('acquired.acquisition_amount', 'opened.new_opportunities') }}
        - {{ ratio('worked.recycling_amount', 'opened.recycled_opportunities') }} as saved_acquisition_amount
    from acquired
    cross join worked
    cross join opened
)

select * from savings
