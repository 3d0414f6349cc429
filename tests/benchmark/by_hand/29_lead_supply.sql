create temp table captured as
select moves.lead_row, slice_numbers.slice, local_date(moves.entered_at) as captured_on
from moves
inner join slice_numbers on moves.lead_row = slice_numbers.lead_row
where moves.transition_number = 1;

-- Cycles of leads that came back, and what our acts in them cost until an opportunity came of them.
create temp table recycled_cycles as
with cycles as (
    select
        moves.lead_row,
        moves.cycle_number,
        moves.entered_at as started_at,
        local_date(moves.entered_at) as started_on,
        least(
            coalesce(
                lead(moves.entered_at) over (partition by moves.lead_row order by moves.cycle_number),
                timestamptz 'infinity'
            ),
            coalesce(milestones.reached_at, timestamptz 'infinity')
        ) as until_at
    from moves
    left join milestones
        on
            moves.lead_row = milestones.lead_row
            and moves.cycle_number = milestones.cycle_number
            and milestones.stage = 'p1'
    where moves.to_reach % 64 = 0 and list_contains(getvariable('recyclable_reaches'), moves.from_reach)
),
costs as (
    select kinds.kind, recycling_costs.cost_amount
    from kinds
    inner join seeds.recycling_costs on kinds.activity_type = recycling_costs.activity_type
),
costed as (
    select cycles.lead_row, cycles.cycle_number, sum(costs.cost_amount) as cost_amount
    from acts
    inner join costs on acts.kind = costs.kind
    inner join cycles
        on
            acts.lead_row = cycles.lead_row
            and acts.occurred_at >= cycles.started_at
            and acts.occurred_at < cycles.until_at
            and local_date(acts.occurred_at) - cycles.started_on < 90
    where acts.is_own_act
    group by all
)
select cycles.lead_row, cycles.cycle_number, cycles.started_on, coalesce(costed.cost_amount, 0) as cost_amount
from cycles
left join costed on cycles.lead_row = costed.lead_row and cycles.cycle_number = costed.cycle_number;

create table warehouse.marts.kpi_lead_supply as
with counted as (
    select month_of(captured_on) as cohort_month, slice, count(*) as leads
    from captured
    group by all
    union all by name
    select
        month_of(captured_on) as cohort_month,
        slice,
        count(*) filter (where local_date(created_at) - captured_on < 90) as opportunities_90d,
        count(*) filter (where local_date(created_at) - captured_on < 180) as opportunities_180d,
        count(*) filter (where status = 'won' and local_date(closed_at) - captured_on < 90) as wins_90d,
        count(*) filter (where status = 'won' and local_date(closed_at) - captured_on < 180) as wins_180d
    from opportunities
    inner join captured on opportunities.lead_row = captured.lead_row
    group by all
    union all by name
    select
        month_of(started_on) as cohort_month,
        slice_numbers.slice,
        count(*) as recycled_cycles,
        sum(cost_amount) as recycling_amount
    from recycled_cycles
    inner join slice_numbers on recycled_cycles.lead_row = slice_numbers.lead_row
    group by all
    union all by name
    select
        month_of(cycles.started_on) as cohort_month, slice_numbers.slice, count(*) as recycled_opportunities_90d
    from recycled_cycles as cycles
    inner join opportunities
        on
            cycles.lead_row = opportunities.lead_row
            and cycles.cycle_number = opportunities.cycle_number
            and opportunities.opportunity_type in ('recycled', 'won_back')
            and local_date(opportunities.created_at) - cycles.started_on < 90
    inner join slice_numbers on cycles.lead_row = slice_numbers.lead_row
    group by all
),
summed as (
    select
        counted.cohort_month,
        slices.slice_source as lead_source,
        slices.segment,
        cast(coalesce(sum(leads), 0) as bigint) as leads,
        cast(coalesce(sum(opportunities_90d), 0) as bigint) as opportunities_90d,
        cast(coalesce(sum(opportunities_180d), 0) as bigint) as opportunities_180d,
        cast(coalesce(sum(wins_90d), 0) as bigint) as wins_90d,
        cast(coalesce(sum(wins_180d), 0) as bigint) as wins_180d,
        cast(coalesce(sum(recycled_cycles), 0) as bigint) as recycled_cycles,
        coalesce(sum(recycling_amount), 0) as recycling_amount,
        cast(coalesce(sum(recycled_opportunities_90d), 0) as bigint) as recycled_opportunities_90d
    from counted
    inner join slices on counted.slice = slices.slice
    group by all
),
spent as (
    select period_month, lead_source, sum(cast(amount * 100 as hugeint)) as cents
    from seeds.campaign_spend
    where period_month <= getvariable('today')
    group by all
),
spread as (
    select
        *,
        sum(leads) over (partition by cohort_month, lead_source) as source_leads,
        sum(leads) over (
            partition by cohort_month, lead_source order by segment rows between unbounded preceding and current row
        ) as leads_so_far
    from summed
),
supplied as (
    select
        spread.* exclude (source_leads, leads_so_far),
        spent.cents * leads_so_far // nullif(source_leads, 0)
        - spent.cents * (leads_so_far - leads) // nullif(source_leads, 0) as cents
    from spread
    left join spent
        on spread.cohort_month = spent.period_month and spread.lead_source is not distinct from spent.lead_source
    union all by name
    -- What was spent in a month without a lead of the source.
    select
        spent.period_month as cohort_month,
        spent.lead_source,
        null as segment,
        0 as leads,
        0 as opportunities_90d,
        0 as opportunities_180d,
        0 as wins_90d,
        0 as wins_180d,
        0 as recycled_cycles,
        0 as recycling_amount,
        0 as recycled_opportunities_90d,
        spent.cents
    from spent
    left join (select distinct cohort_month, lead_source from summed where leads > 0) as source_months
        on
            spent.period_month = source_months.cohort_month
            and spent.lead_source is not distinct from source_months.lead_source
    where source_months.cohort_month is null
),
matured as (
    select
        cohort_month,
        lead_source,
        segment,
        leads,
        cast(cast(cents as decimal(16, 0)) * 0.01 as decimal(18, 2)) as spend_amount,
        getvariable('today') - month_end(cohort_month) >= 90 as is_mature_90d,
        getvariable('today') - month_end(cohort_month) >= 180 as is_mature_180d,
        case when is_mature_90d then opportunities_90d end as opportunities_90d,
        case when is_mature_180d then opportunities_180d end as opportunities_180d,
        case when is_mature_90d then wins_90d end as wins_90d,
        case when is_mature_180d then wins_180d end as wins_180d,
        recycled_cycles,
        case when is_mature_90d then cast(recycling_amount as decimal(18, 2)) end as recycling_amount,
        case when is_mature_90d then recycled_opportunities_90d end as recycled_opportunities_90d
    from supplied
)
select
    matured.cohort_month,
    matured.lead_source,
    matured.segment,
    matured.leads,
    matured.spend_amount,
    matured.is_mature_90d,
    matured.is_mature_180d,
    matured.opportunities_90d,
    matured.opportunities_180d,
    matured.wins_90d,
    matured.wins_180d,
    ratio(matured.spend_amount, matured.opportunities_90d) as cost_per_opportunity,
    ratio(matured.spend_amount, matured.wins_180d) as cost_per_win,
    ratio(
        matured.spend_amount - month_before.spend_amount, matured.opportunities_90d - month_before.opportunities_90d
    ) as marginal_cost_per_opportunity,
    matured.recycled_cycles,
    matured.recycling_amount,
    matured.recycled_opportunities_90d,
    ratio(matured.recycling_amount, matured.recycled_opportunities_90d) as recycled_cost_per_opportunity
from matured
left join matured as month_before
    on
        month_before.cohort_month + interval 1 month = matured.cohort_month
        and matured.lead_source is not distinct from month_before.lead_source
        and matured.segment = month_before.segment;
drop table acts;
