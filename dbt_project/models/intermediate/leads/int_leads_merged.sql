{{ per_lead() }}

with leads as (
    select * from {{ touched('stg_crm__leads') }}
),

-- What a lead absorbed are other leads, which nothing may have touched.
all_leads as (
    select * from {{ whole('stg_crm__leads') }}
),

-- A touched lead may have been absorbed by one that is not.
chains as (
    select * from {{ whole('int_lead_chains') }}
),

absorbed as (
    select
        chains.survivor_id,
        min(all_leads.created_at) as created_at,
        bool_or(all_leads.is_opted_out) as is_opted_out,
        count(*) as lead_count
    from chains
    inner join all_leads on chains.lead_id = all_leads.lead_id
    where chains.survivor_id <> chains.lead_id
    group by chains.survivor_id
),

{% if is_increment() -%}
-- A lead keeps its number from night to night; those that have none yet are numbered on.
numbers as (
    select
        lead_id,
        lead_number
    from {{ this }}
),

{% endif -%}
merged as (
    select
        leads.lead_id,
        {% if is_increment() -%}
            coalesce(
                numbers.lead_number,
                (select coalesce(max(numbers.lead_number), 0) from numbers) + row_number() over (
                    partition by numbers.lead_number is null
                    order by leads.lead_id
                )
            ) as lead_number,
        {%- else -%}
            row_number() over (order by leads.lead_id) as lead_number,
        {%- endif %}
        least(leads.created_at, coalesce(absorbed.created_at, leads.created_at)) as created_at,
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
        leads.is_opted_out or coalesce(absorbed.is_opted_out, false) as is_opted_out,
        1 + coalesce(absorbed.lead_count, 0) as merged_lead_count
    from leads
    left join chains on leads.lead_id = chains.lead_id
    left join absorbed on leads.lead_id = absorbed.survivor_id
    {%- if is_increment() %}
    left join numbers on leads.lead_id = numbers.lead_id
    {%- endif %}
    where chains.lead_id is null or (chains.survivor_id = leads.lead_id and not chains.is_erased)
)

select * from merged
