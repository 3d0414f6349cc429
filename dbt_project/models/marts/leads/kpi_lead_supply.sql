{% set short, long = supply_windows() %}

with leads as (
    select * from {{ ref('dim_leads') }}
),

opportunities as (
    select * from {{ ref('fct_opportunities') }}
),

reentries as (
    select * from {{ ref('fct_stage_transitions') }}
    where direction = 'reentry'
),

costs as (
    select * from {{ ref('int_recycled_cycles_costed') }}
),

campaign_spend as (
    select * from {{ ref('campaign_spend') }}
),

lead_sources as (
    select * from {{ ref('lead_sources') }}
),

captured as (
    select
        leads.lead_id,
        {{ local_date('leads.captured_at') }} as captured_on,
        {{ source_slice('leads.lead_source', 'lead_sources.lead_source') }} as lead_source,
        leads.segment
    from leads
    left join lead_sources on leads.lead_source = lead_sources.lead_source
),

opened as (
    select
        captured.captured_on,
        captured.lead_source,
        captured.segment,
        {{ days_between('captured.captured_on', local_date('opportunities.created_at')) }} as days_to_opportunity,
        case
            when opportunities.status = {{ won_status() }}
                then {{ days_between('captured.captured_on', local_date('opportunities.closed_at')) }}
        end as days_to_win
    from opportunities
    inner join captured on opportunities.lead_id = captured.lead_id
),

-- Recycling is work of the month it is done in, whatever comes of it and when.
recycling as (
    select
        reentries.lead_id,
        {{ month_of('reentries.entered_on') }} as period_month,
        1 as recycled_cycles,
        0 as cost_amount,
        0 as recycled_opportunities
    from reentries
    union all
    select
        costs.lead_id,
        costs.period_month,
        0 as recycled_cycles,
        costs.cost_amount,
        0 as recycled_opportunities
    from costs
    union all
    select
        opportunities.lead_id,
        {{ month_of(local_date('opportunities.created_at')) }} as period_month,
        0 as recycled_cycles,
        0 as cost_amount,
        1 as recycled_opportunities
    from opportunities
    where opportunities.cycle_number > 1 and opportunities.opportunity_type <> 'expansion'
),

counted as (
    select
        {{ month_of('captured_on') }} as cohort_month,
        lead_source,
        segment,
        count(*) as leads,
        0 as opportunities_90d,
        0 as opportunities_180d,
        0 as wins_90d,
        0 as wins_180d,
        0 as recycled_cycles,
        0 as recycling_amount,
        0 as recycled_opportunities
    from captured
    group by {{ month_of('captured_on') }}, lead_source, segment
    union all
    select
        {{ month_of('captured_on') }} as cohort_month,
        lead_source,
        segment,
        0 as leads,
        count(case when days_to_opportunity < {{ short }} then 1 end) as opportunities_90d,
        count(case when days_to_opportunity < {{ long }} then 1 end) as opportunities_180d,
        count(case when days_to_win < {{ short }} then 1 end) as wins_90d,
        count(case when days_to_win < {{ long }} then 1 end) as wins_180d,
        0 as recycled_cycles,
        0 as recycling_amount,
        0 as recycled_opportunities
    from opened
    group by {{ month_of('captured_on') }}, lead_source, segment
    union all
    select
        recycling.period_month as cohort_month,
        captured.lead_source,
        captured.segment,
        0 as leads,
        0 as opportunities_90d,
        0 as opportunities_180d,
        0 as wins_90d,
        0 as wins_180d,
        sum(recycling.recycled_cycles) as recycled_cycles,
        sum(recycling.cost_amount) as recycling_amount,
        sum(recycling.recycled_opportunities) as recycled_opportunities
    from recycling
    inner join captured on recycling.lead_id = captured.lead_id
    group by recycling.period_month, captured.lead_source, captured.segment
),

summed as (
    select
        cohort_month,
        lead_source,
        segment,
        cast(sum(leads) as bigint) as leads,
        cast(sum(opportunities_90d) as bigint) as opportunities_90d,
        cast(sum(opportunities_180d) as bigint) as opportunities_180d,
        cast(sum(wins_90d) as bigint) as wins_90d,
        cast(sum(wins_180d) as bigint) as wins_180d,
        cast(sum(recycled_cycles) as bigint) as recycled_cycles,
        sum(recycling_amount) as recycling_amount,
        cast(sum(recycled_opportunities) as bigint) as recycled_opportunities
    from counted
    group by cohort_month, lead_source, segment
),

spent as (
    select
        period_month,
        lead_source,
        sum(cast(amount * 100 as {{ type_wide_integer() }})) as cents
    from (
        select
            campaign_spend.period_month,
            {{ source_slice('campaign_spend.lead_source', 'lead_sources.lead_source') }} as lead_source,
            campaign_spend.amount
        from campaign_spend
        left join lead_sources on campaign_spend.lead_source = lead_sources.lead_source
    ) as sliced_spend
    where period_month <= {{ as_of_date() }}
    group by period_month, lead_source
),

-- Nobody books spend by segment: a source's spend is allotted by leads, to the cent.
spread as (
    select
        *,
        sum(leads) over (partition by cohort_month, lead_source) as source_leads,
        sum(leads) over (
            partition by cohort_month, lead_source
            order by segment
            rows between unbounded preceding and current row
        ) as source_leads_so_far
    from summed
),

allotted as (
    select
        spread.*,
        {{ whole_quotient('spent.cents * spread.source_leads_so_far', 'nullif(spread.source_leads, 0)') }}
        - {{ whole_quotient(
            'spent.cents * (spread.source_leads_so_far - spread.leads)', 'nullif(spread.source_leads, 0)'
        ) }} as cents
    from spread
    left join spent
        on
            spread.cohort_month = spent.period_month
            and {{ same('spread.lead_source', 'spent.lead_source') }}
),

source_months as (
    select distinct
        cohort_month,
        lead_source
    from summed
    where leads > 0
),

-- What was spent on a source in a month without a lead of it belongs to no segment.
spent_in_vain as (
    select spent.*
    from spent
    left join source_months
        on
            spent.period_month = source_months.cohort_month
            and {{ same('spent.lead_source', 'source_months.lead_source') }}
    where source_months.cohort_month is null
),

supplied as (
    select
        cohort_month,
        lead_source,
        segment,
        leads,
        cents,
        opportunities_90d,
        opportunities_180d,
        wins_90d,
        wins_180d,
        recycled_cycles,
        recycling_amount,
        recycled_opportunities
    from allotted
    union all
    select
        period_month as cohort_month,
        lead_source,
        null as segment,
        0 as leads,
        cents,
        0 as opportunities_90d,
        0 as opportunities_180d,
        0 as wins_90d,
        0 as wins_180d,
        0 as recycled_cycles,
        0 as recycling_amount,
        0 as recycled_opportunities
    from spent_in_vain
),

matured as (
    select
        *,
        cast(cast(cents as decimal(16, 0)) * 0.01 as decimal(18, 2)) as spend_amount,
        {{ days_after(month_end('cohort_month'), short) }} <= {{ as_of_date() }} as is_mature_90d,
        {{ days_after(month_end('cohort_month'), long) }} <= {{ as_of_date() }} as is_mature_180d
    from supplied
),

observed as (
    select
        cohort_month,
        lead_source,
        segment,
        leads,
        spend_amount,
        is_mature_90d,
        is_mature_180d,
        case when is_mature_90d then opportunities_90d end as opportunities_90d,
        case when is_mature_180d then opportunities_180d end as opportunities_180d,
        case when is_mature_90d then wins_90d end as wins_90d,
        case when is_mature_180d then wins_180d end as wins_180d,
        recycled_cycles,
        cast(recycling_amount as decimal(18, 2)) as recycling_amount,
        recycled_opportunities
    from matured
),

compared as (
    select
        observed.*,
        observed.spend_amount - month_before.spend_amount as added_spend,
        observed.opportunities_90d - month_before.opportunities_90d as added_opportunities
    from observed
    left join observed as month_before
        on
            {{ months_after('month_before.cohort_month', 1) }} = observed.cohort_month
            and {{ same('observed.lead_source', 'month_before.lead_source') }}
            and observed.segment = month_before.segment
),

priced as (
    select
        cohort_month,
        lead_source,
        segment,
        leads,
        spend_amount,
        is_mature_90d,
        is_mature_180d,
        opportunities_90d,
        opportunities_180d,
        wins_90d,
        wins_180d,
        {{ ratio('spend_amount', 'opportunities_90d') }} as cost_per_opportunity,
        {{ ratio('spend_amount', 'wins_180d') }} as cost_per_win,
        {{ ratio('added_spend', 'added_opportunities') }} as marginal_cost_per_opportunity,
        recycled_cycles,
        recycling_amount,
        recycled_opportunities,
        {{ ratio('recycling_amount', 'recycled_opportunities') }} as recycled_cost_per_opportunity
    from compared
)

select * from priced
