{#
What a lead's attributes make of it, for each row of `leads` (job_title, industry, employee_count, country, lead_source,
company_domain): all its columns but the title and the count, the segment, the job level, what is known and how well it
fits. Titles, sizes and domains are matched once each, not once per lead.
#}
{% macro lead_profiles(leads) %}
    select
        pointed.*,
        grades.grade as fit_grade
    from (
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
        from (
            select
                {{ leads }}.*,
                size_matches.segment,
                title_matches.job_level
            from {{ leads }}
            left join (
                select
                    sizes.employee_count,
                    segments.segment,
                    row_number() over (
                        partition by sizes.employee_count
                        order by segments.min_employees desc
                    ) as match_number
                from (select distinct coalesce(employee_count, 0) as employee_count from {{ leads }}) as sizes
                inner join {{ ref('segments') }} as segments on sizes.employee_count >= segments.min_employees
            ) as size_matches
                on coalesce({{ leads }}.employee_count, 0) = size_matches.employee_count and size_matches.match_number = 1
            left join (
                select
                    titles.job_title,
                    job_levels.job_level,
                    row_number() over (
                        partition by titles.job_title
                        order by job_levels.job_level_position
                    ) as match_number
                from (
                    select distinct lower(job_title) as job_title
                    from {{ leads }}
                    where job_title is not null
                ) as titles
                inner join (
                    select
                        *,
                        {{ seed_row() }} as job_level_position
                    from {{ ref('job_levels') }}
                ) as job_levels on {{ dbt.position("lower(job_levels.pattern)", "titles.job_title") }} > 0
            ) as title_matches
                on lower({{ leads }}.job_title) = title_matches.job_title and title_matches.match_number = 1
        ) as described
        left join {{ ref('fit_rules') }} as industry_rules
            on industry_rules.attribute = 'industry' and described.industry = industry_rules.value
        left join {{ ref('fit_rules') }} as country_rules
            on country_rules.attribute = 'country' and described.country = country_rules.value
        left join {{ ref('fit_rules') }} as source_rules
            on source_rules.attribute = 'lead_source' and described.lead_source = source_rules.value
        left join {{ ref('fit_rules') }} as band_rules
            on band_rules.attribute = 'employee_band' and described.segment = band_rules.value
        left join {{ ref('fit_rules') }} as level_rules
            on level_rules.attribute = 'job_level' and described.job_level = level_rules.value
    ) as pointed
    inner join {{ ref('int_score_grade_bands') }} as grades
        on
            grades.axis = 'fit'
            and (grades.from_points is null or pointed.fit_points >= grades.from_points)
            and (grades.below_points is null or pointed.fit_points < grades.below_points)
{% endmacro %}

{# How many of the five attributes that a score goes by are known of a lead. #}
{% macro known_attributes(lead) -%}
    cast(
        {% for column in ['industry', 'country', 'employee_count', 'job_title', 'lead_source'] -%}
            case when {{ lead }}.{{ column }} is null then 0 else 1 end{{ ' + ' if not loop.last }}
        {%- endfor %} as smallint
    )
{%- endmacro %}
