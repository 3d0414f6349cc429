with source as (
    select * from {{ source('raw', 'leads') }}
),

known as (
    select
        lead_id,
        created_at,
        updated_at,
        job_title,
        company_name,
        company_domain,
        industry,
        employee_count,
        country,
        lead_source,
        campaign_id,
        acquisition_cost,
        owner_id,
        merged_into_lead_id,
        opted_out as is_opted_out,
        is_deleted,
        _loaded_at,
        _source,
        _source_row
    from source
    where {{ is_known('_loaded_at') }}
)

select * from known
