{{ per_lead() }}

with leads as (
    select * from {{ touched('int_leads_merged') }}
),

lead_versions as (
    select * from {{ touched('stg_crm__lead_versions') }}
),

-- A score may use only the version that was valid at as_of; all else takes the current one, nearly always the same.
later_leads as (
    select
        lead_id,
        lead_number
    from leads
    where updated_at > {{ as_of() }}
),

numbered_versions as (
    select
        lead_versions.*,
        later_leads.lead_number,
        row_number() over (
            partition by lead_versions.lead_id
            order by
                lead_versions.updated_at, lead_versions._loaded_at, lead_versions._source, lead_versions._source_row
        ) as version_number
    from lead_versions
    inner join later_leads on lead_versions.lead_id = later_leads.lead_id
),

scored_versions as (
    select
        *,
        row_number() over (
            partition by lead_id
            order by
                case when updated_at <= {{ as_of() }} then -version_number end asc nulls last,
                version_number asc
        ) as preference
    from numbered_versions
),

profiles as (
    select
        leads.lead_id,
        leads.lead_number,
        'current' as profile,
        leads.job_title,
        leads.industry,
        leads.employee_count,
        leads.country,
        leads.lead_source,
        leads.company_domain
    from leads
    union all
    select
        lead_id,
        lead_number,
        'scored' as profile,
        job_title,
        industry,
        employee_count,
        country,
        lead_source,
        company_domain
    from scored_versions
    where preference = 1
),

described as (
    {{ lead_profiles('profiles') }}
),

graded as (
    select
        described.lead_id,
        described.lead_number,
        described.profile,
        described.industry,
        described.country,
        described.lead_source,
        described.company_domain,
        case when described.employee_count is not null then described.segment end as employee_band,
        {{ known_attributes('described') }} as known_attributes,
        described.segment,
        described.job_level,
        described.fit_points,
        described.fit_grade
    from described
)

select * from graded
