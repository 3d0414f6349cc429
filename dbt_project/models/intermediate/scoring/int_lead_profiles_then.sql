with rankable as (
    select * from {{ ref('int_leads_rankable_then') }}
),

sampled as (
    select distinct lead_id
    from rankable
),

lead_versions as (
    select * from {{ ref('stg_crm__lead_versions') }}
),

-- A version is valid until the next one; the first one is so for all the time before it, too.
versions as (
    select
        lead_versions.lead_id,
        lead_versions.job_title,
        lead_versions.industry,
        lead_versions.employee_count,
        lead_versions.country,
        lead_versions.lead_source,
        lead_versions.company_domain,
        lag(lead_versions.updated_at) over in_order is null as is_first,
        lead_versions.updated_at as valid_from,
        lead(lead_versions.updated_at) over in_order as valid_until
    from lead_versions
    inner join sampled on lead_versions.lead_id = sampled.lead_id
    window
        in_order as (
            partition by lead_versions.lead_id
            order by
                lead_versions.updated_at, lead_versions._loaded_at, lead_versions._source, lead_versions._source_row
        )
),

described as (
    {{ lead_profiles('versions') }}
),

profiles as (
    select
        rankable.lead_id,
        rankable.period_month,
        described.industry,
        described.country,
        described.lead_source,
        described.company_domain,
        case when described.employee_count is not null then described.segment end as employee_band,
        {{ known_attributes('described') }} as known_attributes,
        described.job_level,
        described.fit_points
    from rankable
    inner join described
        on
            rankable.lead_id = described.lead_id
            and (described.is_first or rankable.starts_at >= described.valid_from)
            and (described.valid_until is null or rankable.starts_at < described.valid_until)
)

select * from profiles
