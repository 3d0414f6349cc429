{{ per_lead('touched_rows') }}

with profiles as (
    select
        lead_id,
        lead_number,
        profile,
        industry,
        country,
        lead_source,
        company_domain,
        employee_band,
        known_attributes,
        segment,
        job_level,
        fit_points,
        fit_grade
    from {{ touched('int_lead_profiles') }}
)

select * from profiles
