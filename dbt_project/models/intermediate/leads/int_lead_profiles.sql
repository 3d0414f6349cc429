{{ per_lead() }}

with leads as (
    select * from {{ touched('int_leads_merged') }}
),

lead_versions as (
    select * from {{ touched('stg_crm__lead_versions') }}
),

segments as (
    select * from {{ ref('segments') }}
),

job_levels as (
    select
        *,
        {{ seed_row() }} as job_level_position
    from {{ ref('job_levels') }}
),

fit_rules as (
    select * from {{ ref('fit_rules') }}
),

grades as (
    select * from {{ ref('int_score_grade_bands') }}
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
        leads.lead_source
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
        lead_source
    from scored_versions
    where preference = 1
),

titles as (
    select distinct lower(job_title) as job_title
    from profiles
    where job_title is not null
),

title_matches as (
    select
        titles.job_title,
        job_levels.job_level,
        row_number() over (partition by titles.job_title order by job_levels.job_level_position) as match_number
    from titles
    inner join job_levels on {{ dbt.position("lower(job_levels.pattern)", "titles.job_title") }} > 0
),

sizes as (
    select distinct coalesce(employee_count, 0) as employee_count
    from profiles
),

size_matches as (
    select
        sizes.employee_count,
        segments.segment,
        row_number() over (partition by sizes.employee_count order by segments.min_employees desc) as match_number
    from sizes
    inner join segments on sizes.employee_count >= segments.min_employees
),

described as (
    select
        profiles.lead_id,
        profiles.lead_number,
        profiles.profile,
        profiles.industry,
        profiles.country,
        profiles.lead_source,
        size_matches.segment,
        title_matches.job_level
    from profiles
    left join size_matches
        on
            coalesce(profiles.employee_count, 0) = size_matches.employee_count
            and size_matches.match_number = 1
    left join title_matches
        on
            lower(profiles.job_title) = title_matches.job_title
            and title_matches.match_number = 1
),

pointed as (
    select
        described.*,
        cast(
            coalesce(industry_rules.points, 0)
            + coalesce(country_rules.points, 0)
            + coalesce(source_rules.points, 0)
            + coalesce(band_rules.points, 0)
            + coalesce(level_rules.points, 0)
            as decimal(12, 4)
        ) as fit_points
    from described
    left join fit_rules as industry_rules
        on industry_rules.attribute = 'industry' and described.industry = industry_rules.value
    left join fit_rules as country_rules
        on country_rules.attribute = 'country' and described.country = country_rules.value
    left join fit_rules as source_rules
        on source_rules.attribute = 'lead_source' and described.lead_source = source_rules.value
    left join fit_rules as band_rules
        on band_rules.attribute = 'employee_band' and described.segment = band_rules.value
    left join fit_rules as level_rules
        on level_rules.attribute = 'job_level' and described.job_level = level_rules.value
),

graded as (
    select
        pointed.lead_id,
        pointed.lead_number,
        pointed.profile,
        pointed.segment,
        pointed.job_level,
        pointed.fit_points,
        grades.grade as fit_grade
    from pointed
    inner join grades
        on
            grades.axis = 'fit'
            and (grades.from_points is null or pointed.fit_points >= grades.from_points)
            and (grades.below_points is null or pointed.fit_points < grades.below_points)
)

select * from graded
