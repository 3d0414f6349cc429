with leads as (
    select * from {{ ref('stg_crm__leads') }}
),

resolved as (
    select * from {{ ref('int_leads_resolved') }}
    where not is_erased
),

sets as (
    select
        resolved.survivor_id,
        min(leads.created_at) as created_at,
        bool_or(leads.is_opted_out) as is_opted_out,
        count(*) as merged_lead_count
    from resolved
    inner join leads on resolved.lead_id = leads.lead_id
    group by resolved.survivor_id
),

merged as (
    select
        leads.lead_id,
        sets.created_at,
        leads.updated_at,
        leads.job_title,
        leads.company_name,
        leads.company_domain,
        leads.industry,
        leads.employee_count,
        leads.country,
        leads.lead_source,
        leads.campaign_id,
        leads.acquisition_cost,
        leads.owner_id,
        sets.is_opted_out,
        sets.merged_lead_count
    from sets
    inner join leads on sets.survivor_id = leads.lead_id
)

select * from merged
