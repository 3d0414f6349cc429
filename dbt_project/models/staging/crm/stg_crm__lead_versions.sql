with source as (
    select * from {{ source('raw', 'leads') }}
    where {{ is_known('_loaded_at') }}
),

renamed as (
    select
        lead_id,
        updated_at,
        job_title,
        industry,
        employee_count,
        country,
        lead_source,
        row_number() over (
            partition by lead_id
            order by updated_at, _loaded_at, _source, _source_row
        ) as version_number
    from source
)

select * from renamed
