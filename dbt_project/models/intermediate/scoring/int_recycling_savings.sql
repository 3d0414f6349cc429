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

-- The last 12 whole months, of those that kpi_recycling_economics has: an opportunity may be older than every lead, and
-- without leads there are none.
months as (
    select
        greatest(
            {{ months_after(month_of(as_of_date()), -12) }},
            {{ month_of(local_date('min(captured_at)')) }}
        ) as first_month
    from {{ ref('dim_leads') }}
    having count(*) > 0
),

acquired as (
    select sum(campaign_spend.amount) as acquisition_amount
    from campaign_spend
    cross join months
    where
        campaign_spend.period_month >= months.first_month
        and campaign_spend.period_month < {{ month_of(as_of_date()) }}
),

worked as (
    select coalesce(sum(costs.cost_amount), 0) as recycling_amount
    from costs
    cross join months
    where costs.period_month >= months.first_month and costs.period_month < {{ month_of(as_of_date()) }}
),

opened as (
    select
        count(case when opportunities.cycle_number = 1 then 1 end) as new_opportunities,
        count(case when opportunities.cycle_number > 1 then 1 end) as recycled_opportunities
    from opportunities
    cross join months
    where opportunities.period_month >= months.first_month and opportunities.period_month < {{ month_of(as_of_date()) }}
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
