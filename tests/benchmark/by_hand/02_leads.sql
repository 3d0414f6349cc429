create temp table lead_losers as
with repeated as (
    select lead_id from store.raw.leads
    group by lead_id
    having count(*) > 1
),
ranked as (
    select
        leads.rowid as row_number_in_raw,
        row_number() over (
            partition by lead_id order by updated_at desc, _loaded_at desc, _source desc, _source_row desc
        ) as version_rank
    from store.raw.leads
    where lead_id in (select lead_id from repeated)
)
select row_number_in_raw as lead_row from ranked
where version_rank > 1;

create temp table current_leads as
select cast(rowid as integer) as lead_row, lead_id, merged_into_lead_id, is_deleted, created_at, opted_out
from store.raw.leads
where rowid not in (select lead_row from lead_losers);

-- Only who was merged walks the chain.
create temp table merges as
with recursive links as (
    select lead_row, lead_id, merged_into_lead_id as next_lead_id from current_leads
    where merged_into_lead_id is not null
),
chains as (
    select lead_row, lead_id, next_lead_id as reached_lead_id from links
    union
    select chains.lead_row, chains.lead_id, links.next_lead_id as reached_lead_id
    from chains
    inner join links on chains.reached_lead_id = links.lead_id
)
select chains.lead_row, survivors.lead_row as survivor_row, survivors.is_deleted as is_erased
from chains
inner join current_leads as survivors on chains.reached_lead_id = survivors.lead_id
where survivors.merged_into_lead_id is null;

create temp table resolved as
select
    current_leads.lead_id,
    coalesce(merges.survivor_row, current_leads.lead_row) as lead_row,
    case
        when merged_into_lead_id is null then is_deleted
        else coalesce(merges.is_erased, false)
    end as is_erased
from current_leads
left join merges on current_leads.lead_row = merges.lead_row;

create temp table merged_sets as
select
    survivor_row as lead_row,
    min(created_at) as created_at,
    bool_or(opted_out) as opted_out
from (
    select survivor_row, created_at, opted_out from merges
    inner join current_leads on merges.lead_row = current_leads.lead_row
)
group by survivor_row;

create temp table profiles as
with later_leads as (
    select current_leads.lead_id, current_leads.lead_row
    from current_leads
    inner join store.raw.leads on current_leads.lead_row = leads.rowid
    where leads.updated_at > getvariable('as_of')
),
numbered_versions as (
    select
        later_leads.lead_row,
        leads.rowid as version_row,
        leads.updated_at,
        row_number() over (
            partition by leads.lead_id order by leads.updated_at, leads._loaded_at, leads._source, leads._source_row
        ) as version_number
    from store.raw.leads
    inner join later_leads on leads.lead_id = later_leads.lead_id
),
scored_versions as (
    select
        lead_row,
        version_row,
        row_number() over (
            partition by lead_row
            order by
                case when updated_at <= getvariable('as_of') then -version_number end asc nulls last,
                version_number asc
        ) as preference
    from numbered_versions
),
versions as (
    select lead_row, lead_row as version_row, true as is_current from current_leads
    union all
    select lead_row, version_row, false as is_current from scored_versions
    where preference = 1
),
described as (
    select
        versions.lead_row,
        versions.is_current,
        leads.job_title,
        leads.industry,
        coalesce(leads.employee_count, 0) as employee_count,
        leads.country,
        leads.lead_source
    from store.raw.leads
    inner join versions on leads.rowid = versions.version_row
),
titles as (
    select distinct job_title from described
    where job_title is not null
),
levels as (
    select
        titles.job_title,
        min_by(job_levels.job_level, job_levels.seed_row) as job_level
    from titles
    inner join seeds.job_levels on position(lower(job_levels.pattern) in lower(titles.job_title)) > 0
    group by titles.job_title
),
sizes as (
    select
        counts.employee_count,
        max_by(segments.segment, segments.min_employees) as segment
    from (select distinct employee_count from described) as counts
    inner join seeds.segments on counts.employee_count >= segments.min_employees
    group by counts.employee_count
),
pointed as (
    select
        described.lead_row,
        described.is_current,
        sizes.segment,
        cast(
            coalesce(industry_rules.points, 0) + coalesce(country_rules.points, 0) + coalesce(source_rules.points, 0)
            + coalesce(band_rules.points, 0) + coalesce(level_rules.points, 0)
            as decimal(12, 4)
        ) as fit_points
    from described
    left join sizes on described.employee_count = sizes.employee_count
    left join levels on described.job_title = levels.job_title
    left join seeds.fit_rules as industry_rules
        on industry_rules.attribute = 'industry' and described.industry = industry_rules.value
    left join seeds.fit_rules as country_rules
        on country_rules.attribute = 'country' and described.country = country_rules.value
    left join seeds.fit_rules as source_rules
        on source_rules.attribute = 'lead_source' and described.lead_source = source_rules.value
    left join seeds.fit_rules as band_rules
        on band_rules.attribute = 'employee_band' and sizes.segment = band_rules.value
    left join seeds.fit_rules as level_rules
        on level_rules.attribute = 'job_level' and levels.job_level = level_rules.value
)
select
    pointed.lead_row,
    pointed.is_current,
    pointed.segment,
    pointed.fit_points,
    grades.grade as fit_grade,
    grades.grade_position as fit_position
from pointed
inner join grades
    on
        grades.axis = 'fit'
        and (grades.from_points is null or pointed.fit_points >= grades.from_points)
        and (grades.below_points is null or pointed.fit_points < grades.below_points);

-- One row per surviving lead that is not erased.
create temp table leads as
select
    current_leads.lead_row,
    current_leads.lead_id,
    least(current_leads.created_at, coalesce(merged_sets.created_at, current_leads.created_at)) as created_at,
    current_leads.opted_out or coalesce(merged_sets.opted_out, false) as opted_out
from current_leads
left join merges on current_leads.lead_row = merges.lead_row
left join merged_sets on current_leads.lead_row = merged_sets.lead_row
where merges.lead_row is null and not (current_leads.is_deleted and current_leads.merged_into_lead_id is null);
