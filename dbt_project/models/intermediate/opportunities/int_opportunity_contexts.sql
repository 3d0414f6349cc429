{{ per_lead() }}

with opportunities as (
    select * from {{ touched('int_opportunity_outcomes') }}
),

reports as (
    select * from {{ touched('int_opportunity_activities') }}
    where activity_type in ('opportunity_won', 'opportunity_lost', 'opportunity_reopened')
),

lead_versions as (
    select * from {{ touched('stg_crm__lead_versions') }}
),

leads as (
    select * from {{ touched('int_leads_merged') }}
),

lead_sources as (
    select * from {{ ref('lead_sources') }}
),

reentries as (
    select * from {{ touched('fct_stage_transitions') }}
    where direction = 'reentry'
),

coverage_periods as (
    select * from {{ touched('int_coverage_periods') }}
    where holder_type = 'lead'
),

segments as (
    select * from {{ ref('segments') }}
),

-- The lead as it was then: its last version updated by then, else the first of all.
versions as (
    select
        opportunities.opportunity_id,
        coalesce(lead_versions.employee_count, 0) as employee_count,
        row_number() over (
            partition by opportunities.opportunity_id, lead_versions.updated_at <= opportunities.created_at
            order by
                lead_versions.updated_at desc,
                lead_versions._loaded_at desc,
                lead_versions._source desc,
                lead_versions._source_row desc
        ) as latest_number,
        row_number() over (
            partition by opportunities.opportunity_id
            order by
                lead_versions.updated_at,
                lead_versions._loaded_at,
                lead_versions._source,
                lead_versions._source_row
        ) as version_number,
        lead_versions.updated_at <= opportunities.created_at as was_known
    from opportunities
    inner join lead_versions on opportunities.lead_id = lead_versions.lead_id
),

sizes as (
    select
        opportunity_id,
        coalesce(
            max(case when was_known and latest_number = 1 then employee_count end),
            max(case when version_number = 1 then employee_count end)
        ) as employee_count
    from versions
    group by opportunity_id
),

segmented as (
    select
        sizes.opportunity_id,
        max_by(segments.segment, segments.min_employees) as segment
    from sizes
    inner join segments on sizes.employee_count >= segments.min_employees
    group by sizes.opportunity_id
),

cycles as (
    select
        opportunities.opportunity_id,
        max(reentries.cycle_number) as cycle_number,
        max_by(reentries.from_stage, reentries.cycle_number) as began_from
    from opportunities
    inner join reentries
        on opportunities.lead_id = reentries.lead_id and opportunities.created_at >= reentries.entered_at
    group by opportunities.opportunity_id
),

-- Who is a customer then: covered, or won and never covered yet, as int_lead_customer_status says of as_of.
covered as (
    select distinct opportunities.opportunity_id
    from opportunities
    inner join coverage_periods
        on
            opportunities.lead_id = coverage_periods.holder_id
            and {{ is_covered_at('coverage_periods', 'opportunities.created_at') }}
),

once_covered as (
    select distinct opportunities.opportunity_id
    from opportunities
    inner join coverage_periods
        on opportunities.lead_id = coverage_periods.holder_id and opportunities.created_at >= coverage_periods.starts_at
),

endings as (
    select
        *,
        min(case when activity_type <> 'opportunity_won' then occurred_at end) over (
            partition by lead_id, opportunity_id
            order by occurred_at, activity_id
            rows between 1 following and unbounded following
        ) as fell_at
    from reports
),

standing_won as (
    select distinct opportunities.opportunity_id
    from opportunities
    inner join endings
        on
            opportunities.lead_id = endings.lead_id
            and opportunities.created_at >= endings.occurred_at
            and (endings.fell_at is null or opportunities.created_at < endings.fell_at)
    left join once_covered on opportunities.opportunity_id = once_covered.opportunity_id
    where endings.activity_type = 'opportunity_won' and once_covered.opportunity_id is null
),

described as (
    select
        opportunities.opportunity_id,
        opportunities.lead_id,
        leads.owner_id as lead_owner_id,
        leads.lead_source,
        lead_sources.motion,
        segmented.segment,
        coalesce(cycles.cycle_number, 1) as cycle_number,
        case
            when covered.opportunity_id is not null or standing_won.opportunity_id is not null then 'expansion'
            when cycles.began_from = {{ churned_stage() }} then 'won_back'
            when cycles.began_from in ({{ recycled_stage() }}, {{ lost_stage() }}) then {{ recycled_stage() }}
            else 'new'
        end as opportunity_type
    from opportunities
    inner join leads on opportunities.lead_id = leads.lead_id
    left join lead_sources on leads.lead_source = lead_sources.lead_source
    inner join segmented on opportunities.opportunity_id = segmented.opportunity_id
    left join cycles on opportunities.opportunity_id = cycles.opportunity_id
    left join covered on opportunities.opportunity_id = covered.opportunity_id
    left join standing_won on opportunities.opportunity_id = standing_won.opportunity_id
)

select * from described
