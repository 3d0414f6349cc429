{{ per_lead() }}

with leads as (
    select * from {{ touched('int_leads_merged') }}
),

opportunities as (
    select * from {{ touched('int_opportunity_moves_by_lead') }}
    where is_latest
),

coverage_periods as (
    select * from {{ touched('int_coverage_periods') }}
    where holder_type = 'lead'
),

covered as (
    select
        coverage_periods.holder_id as lead_id,
        bool_or({{ is_covered_at('coverage_periods', as_of()) }}) as is_covered,
        bool_or(coverage_periods.starts_at <= {{ as_of() }}) as has_been_covered
    from coverage_periods
    group by coverage_periods.holder_id
),

statuses as (
    select
        leads.lead_id,
        coalesce(covered.is_covered, false)
        or (
            coalesce(opportunities.won_opportunity_count, 0) > 0
            and not coalesce(covered.has_been_covered, false)
        ) as is_customer
    from leads
    left join opportunities on leads.lead_id = opportunities.lead_id
    left join covered on leads.lead_id = covered.lead_id
)

select * from statuses
