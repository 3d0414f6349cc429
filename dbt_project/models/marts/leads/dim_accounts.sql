with leads as (
    select * from {{ ref('dim_leads') }}
    where company_domain is not null
),

opportunities as (
    select * from {{ ref('fct_opportunities') }}
),

prices as (
    select * from {{ ref('int_customer_mrr') }}
    where valid_to is null and mrr > 0
),

target_accounts as (
    select * from {{ ref('target_accounts') }}
),

public_domains as (
    select * from {{ ref('public_domains') }}
),

-- Of the lead that came first counts also what it does not say.
first_leads as (
    select
        company_domain,
        count(*) as leads,
        min({{ struct_of({
            'captured_at': 'captured_at',
            'lead_id': 'lead_id',
            'owner_id': 'owner_id',
            'industry': 'industry',
        }) }}) as first_lead
    from leads
    group by company_domain
),

lead_counts as (
    select
        first_leads.company_domain,
        first_leads.leads,
        first_leads.first_lead.owner_id,
        first_leads.first_lead.industry
    from first_leads
),

domains as (
    select company_domain from first_leads
    union
    select company_domain from target_accounts
),

opportunity_counts as (
    select
        leads.company_domain,
        count(*) as opportunities,
        sum(case when opportunities.status = {{ open_status() }} then opportunities.amount end) as open_amount
    from opportunities
    inner join leads on opportunities.lead_id = leads.lead_id
    group by leads.company_domain
),

customer_counts as (
    select
        leads.company_domain,
        count(*) as customers,
        sum(prices.mrr) as mrr
    from prices
    inner join leads on prices.lead_id = leads.lead_id
    group by leads.company_domain
),

accounts as (
    select
        domains.company_domain,
        cast(coalesce(lead_counts.leads, 0) as bigint) as leads,
        cast(coalesce(opportunity_counts.opportunities, 0) as bigint) as opportunities,
        cast(coalesce(customer_counts.customers, 0) as bigint) as customers,
        cast(coalesce(opportunity_counts.open_amount, 0) as decimal(18, 2)) as open_amount,
        cast(coalesce(customer_counts.mrr, 0) as decimal(18, 2)) as mrr,
        target_accounts.company_domain is not null as is_target,
        coalesce(target_accounts.industry, lead_counts.industry) as industry,
        coalesce(target_accounts.owner_id, lead_counts.owner_id) as owner_id
    from domains
    left join public_domains on domains.company_domain = public_domains.company_domain
    left join target_accounts on domains.company_domain = target_accounts.company_domain
    left join lead_counts on domains.company_domain = lead_counts.company_domain
    left join opportunity_counts on domains.company_domain = opportunity_counts.company_domain
    left join customer_counts on domains.company_domain = customer_counts.company_domain
    where public_domains.company_domain is null
)

select * from accounts
