{{ per_lead() }}

with leads as (
    select * from {{ touched('dim_leads') }}
),

public_domains as (
    select * from {{ ref('public_domains') }}
),

companies as (
    select
        leads.lead_id,
        case
            when leads.company_domain is not null and public_domains.company_domain is null
                then 'domain ' || leads.company_domain
            else 'lead ' || leads.lead_id
        end as company
    from leads
    left join public_domains on leads.company_domain = public_domains.company_domain
)

select * from companies
