{{ per_lead() }}

with leads as (
    select * from {{ touched('int_leads_merged') }}
),

profiles as (
    select * from {{ touched('int_lead_profiles') }}
    where profile = 'current'
),

transitions as (
    select * from {{ touched('fct_stage_transitions') }}
),

statuses as (
    select * from {{ touched('int_lead_customer_status') }}
),

lead_sources as (
    select * from {{ ref('lead_sources') }}
),

described as (
    select
        leads.lead_id,
        leads.created_at,
        leads.updated_at,
        leads.job_title,
        leads.company_name,
        leads.company_domain,
        leads.industry,
        leads.employee_count,
        leads.country,
        leads.lead_source,
        leads.campaign_id,
        cast(leads.acquisition_cost as decimal(18, 2)) as acquisition_cost,
        leads.owner_id,
        leads.is_opted_out as opted_out,
        captures.entered_at as captured_at,
        profiles.segment,
        lead_sources.motion,
        stays.to_stage as current_stage,
        stays.entered_at as stage_entered_at,
        stays.cycle_number,
        profiles.fit_points,
        profiles.fit_grade,
        statuses.is_customer
    from leads
    inner join transitions as captures on leads.lead_id = captures.lead_id and captures.transition_number = 1
    inner join transitions as stays on leads.lead_id = stays.lead_id and stays.exited_at is null
    inner join profiles on leads.lead_id = profiles.lead_id
    inner join statuses on leads.lead_id = statuses.lead_id
    left join lead_sources on leads.lead_source = lead_sources.lead_source
)

select * from described
