{% set pools = ['never_opportunity', 'lost_opportunity', 'unattended_customer', 'churned_customer'] %}
{% set counts = [
    'new_leads', 'recycled_leads', 'new_opportunities', 'recycled_opportunities', 'new_wins', 'recycled_wins'
] %}

with leads as (
    select * from {{ ref('dim_leads') }}
),

reentries as (
    select * from {{ ref('fct_stage_transitions') }}
    where direction = 'reentry'
),

pools as (
    select * from {{ ref('int_recycling_pools') }}
    where begins_at <= {{ as_of() }}
),

costs as (
    select * from {{ ref('int_recycled_cycles_costed') }}
),

opportunities as (
    select * from {{ ref('fct_opportunities') }}
    where opportunity_type <> 'expansion'
),

supply as (
    select * from {{ ref('kpi_lead_supply') }}
),

months as (
    select distinct {{ month_of('days.date_day') }} as period_month
    from {{ day_series('(select min(' ~ local_date('captured_at') ~ ') from leads)', as_of_date()) }} as days
),

-- Who enters a pool is in its balance until the month in which it leaves.
moves as (
    select
        segment,
        pool,
        {{ local_date('begins_at') }} as moved_on,
        1 as change
    from pools
    union all
    select
        segment,
        pool,
        {{ local_date('ends_at') }} as moved_on,
        -1 as change
    from pools
    where ends_at <= {{ as_of() }}
),

counted as (
    select
        {{ month_of(local_date('captured_at')) }} as period_month,
        segment,
        'new_leads' as measure,
        count(*) as cases,
        null as amount
    from leads
    group by {{ month_of(local_date('captured_at')) }}, segment
    union all
    select
        {{ month_of('entered_on') }} as period_month,
        segment,
        'recycled_leads' as measure,
        count(*) as cases,
        null as amount
    from reentries
    group by {{ month_of('entered_on') }}, segment
    union all
    select
        {{ month_of('moved_on') }} as period_month,
        segment,
        pool as measure,
        sum(change) as cases,
        null as amount
    from moves
    group by {{ month_of('moved_on') }}, segment, pool
    union all
    select
        costs.period_month,
        leads.segment,
        'recycling_amount' as measure,
        0 as cases,
        sum(costs.cost_amount) as amount
    from costs
    inner join leads on costs.lead_id = leads.lead_id
    group by costs.period_month, leads.segment
    union all
    select
        cohort_month as period_month,
        segment,
        'acquisition_amount' as measure,
        0 as cases,
        spend_amount as amount
    from supply
    union all
    select
        {{ month_of(local_date('created_at')) }} as period_month,
        segment,
        case when cycle_number = 1 then 'new_opportunities' else 'recycled_opportunities' end as measure,
        1 as cases,
        null as amount
    from opportunities
    union all
    select
        {{ month_of(local_date('closed_at')) }} as period_month,
        segment,
        case when cycle_number = 1 then 'new_wins' else 'recycled_wins' end as measure,
        1 as cases,
        null as amount
    from opportunities
    where status = {{ won_status() }}
),

totalled as (
    select
        period_month,
        segment,
        measure,
        sum(cases) as cases,
        sum(amount) as amount
    from counted
    group by period_month, segment, measure
),

-- What is spent on no segment counts for all of them together.
sliced as (
    select * from totalled
    where segment is not null
    union all
    select
        period_month,
        'all' as segment,
        measure,
        cases,
        amount
    from totalled
),

slices as (
    select segment from sliced
    union
    select 'all' as segment
),

grid as (
    select
        months.period_month,
        slices.segment
    from months
    cross join slices
),

summed as (
    select
        grid.period_month,
        grid.segment,
        {% for measure in counts + pools -%}
            {{ total_of('sliced.cases', "sliced.measure = '" ~ measure ~ "'") }} as {{ measure }},
        {% endfor -%}
        sum(case when sliced.measure = 'acquisition_amount' then sliced.amount end) as acquisition_amount,
        coalesce(sum(case when sliced.measure = 'recycling_amount' then sliced.amount end), 0) as recycling_amount
    from grid
    left join sliced on grid.period_month = sliced.period_month and grid.segment = sliced.segment
    group by grid.period_month, grid.segment
),

-- Where the month has booked spend, a segment that got none of it cost nothing.
balanced as (
    select
        summed.*,
        case
            when max(summed.acquisition_amount) over (partition by summed.period_month) is not null
                then coalesce(summed.acquisition_amount, 0)
        end as acquired_amount,
        cast(sum(summed.never_opportunity) over so_far as bigint) as never_opportunity_balance,
        cast(sum(summed.lost_opportunity) over so_far as bigint) as lost_opportunity_balance,
        cast(sum(summed.unattended_customer) over so_far as bigint) as unattended_customer_balance,
        cast(sum(summed.churned_customer) over so_far as bigint) as churned_customer_balance
    from summed
    window
        so_far as (
            partition by summed.segment
            order by summed.period_month
            rows between unbounded preceding and current row
        )
),

economics as (
    select
        period_month,
        segment,
        new_leads,
        recycled_leads,
        {% for pool in pools -%}
            {{ pool }}_balance,
        {% endfor -%}
        cast(acquired_amount as decimal(18, 2)) as acquisition_amount,
        cast(recycling_amount as decimal(18, 2)) as recycling_amount,
        new_opportunities,
        recycled_opportunities,
        new_wins,
        recycled_wins,
        {{ ratio('acquired_amount + recycling_amount', '(new_opportunities + recycled_opportunities)') }}
            as cost_per_opportunity_with,
        {{ ratio('acquired_amount', 'new_opportunities') }} as cost_per_opportunity_without,
        {{ ratio('acquired_amount + recycling_amount', '(new_wins + recycled_wins)') }} as cac_with,
        {{ ratio('acquired_amount', 'new_wins') }} as cac_without,
        {{ is_complete('period_month') }} as is_complete
    from balanced
    where
        segment = 'all'
        {% for measure in counts -%}
            or {{ measure }} <> 0
        {% endfor -%}
        {% for pool in pools -%}
            or {{ pool }}_balance <> 0
        {% endfor -%}
        or acquired_amount <> 0
        or recycling_amount <> 0
)

select * from economics
