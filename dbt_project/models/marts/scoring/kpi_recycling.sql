with leads as (
    select * from {{ ref('dim_leads') }}
),

reentries as (
    select * from {{ ref('fct_stage_transitions') }}
    where direction = 'reentry'
),

lead_opportunities as (
    select * from {{ ref('int_lead_opportunities') }}
),

opportunities as (
    select * from {{ ref('fct_opportunities') }}
),

costs as (
    select * from {{ ref('int_recycled_cycles_costed') }}
    where age_days is not null
),

supply as (
    select * from {{ ref('kpi_lead_supply') }}
    where spend_amount is not null
),

ages as (
    select * from {{ conversion_window_rows() }} as windows
),

first_opportunities as (
    select
        lead_opportunities.lead_id,
        min(opportunities.created_at) as created_at
    from lead_opportunities
    inner join opportunities on lead_opportunities.opportunity_id = opportunities.opportunity_id
    group by lead_opportunities.lead_id
),

begun as (
    select
        lead_id,
        1 as cycle_number,
        'new' as pool,
        segment,
        {{ local_date('captured_at') }} as begun_on
    from leads
    union all
    select
        reentries.lead_id,
        reentries.cycle_number,
        case
            when reentries.from_stage = {{ churned_stage() }} then 'churned_customer'
            when first_opportunities.created_at < reentries.entered_at then 'lost_opportunity'
            else 'never_opportunity'
        end as pool,
        reentries.segment,
        reentries.entered_on as begun_on
    from reentries
    left join first_opportunities on reentries.lead_id = first_opportunities.lead_id
),

-- Of few cycles came anything: the others are only counted.
opened as (
    select
        begun.lead_id,
        begun.cycle_number,
        begun.pool,
        begun.segment,
        {{ month_of('begun.begun_on') }} as cohort_month,
        {{ days_between('begun.begun_on', local_date('opportunities.created_at')) }} as days_to_opportunity,
        case
            when opportunities.status = {{ won_status() }}
                then greatest(
                    {{ days_between('begun.begun_on', local_date('opportunities.created_at')) }},
                    {{ days_between('begun.begun_on', local_date('opportunities.closed_at')) }}
                )
        end as days_to_win,
        opportunities.amount_at_close
    from opportunities
    inner join begun
        on opportunities.lead_id = begun.lead_id and opportunities.cycle_number = begun.cycle_number
    where opportunities.opportunity_type <> 'expansion'
),

by_cycle as (
    select
        lead_id,
        cohort_month,
        pool,
        cycle_number,
        segment,
        min(days_to_opportunity) as days_to_opportunity,
        min(days_to_win) as days_to_win
    from opened
    group by lead_id, cohort_month, pool, cycle_number, segment
),

-- What is there from which age on. A cohort and what was spent on new leads is there at every age.
measured as (
    select
        {{ month_of('begun_on') }} as cohort_month,
        pool,
        cycle_number,
        segment,
        {{ conversion_windows()[0] }} as from_age_days,
        count(*) as cycles,
        0 as opportunities,
        0 as won,
        0 as won_amount,
        null as cost_amount
    from begun
    group by {{ month_of('begun_on') }}, pool, cycle_number, segment
    union all
    select
        cohort_month,
        pool,
        cycle_number,
        segment,
        {{ conversion_window_of('days_to_opportunity') }} as from_age_days,
        0 as cycles,
        1 as opportunities,
        0 as won,
        0 as won_amount,
        null as cost_amount
    from by_cycle
    union all
    select
        cohort_month,
        pool,
        cycle_number,
        segment,
        {{ conversion_window_of('days_to_win') }} as from_age_days,
        0 as cycles,
        0 as opportunities,
        1 as won,
        0 as won_amount,
        null as cost_amount
    from by_cycle
    where days_to_win is not null
    union all
    select
        cohort_month,
        pool,
        cycle_number,
        segment,
        {{ conversion_window_of('days_to_win') }} as from_age_days,
        0 as cycles,
        0 as opportunities,
        0 as won,
        coalesce(amount_at_close, 0) as won_amount,
        null as cost_amount
    from opened
    where days_to_win is not null
    union all
    select
        {{ month_of('begun.begun_on') }} as cohort_month,
        begun.pool,
        begun.cycle_number,
        begun.segment,
        costs.age_days as from_age_days,
        0 as cycles,
        0 as opportunities,
        0 as won,
        0 as won_amount,
        costs.cost_amount
    from costs
    inner join begun on costs.lead_id = begun.lead_id and costs.cycle_number = begun.cycle_number
    union all
    select
        cohort_month,
        'new' as pool,
        1 as cycle_number,
        segment,
        {{ conversion_windows()[0] }} as from_age_days,
        0 as cycles,
        0 as opportunities,
        0 as won,
        0 as won_amount,
        spend_amount as cost_amount
    from supply
),

totalled as (
    select
        cohort_month,
        pool,
        cycle_number,
        segment,
        from_age_days,
        sum(cycles) as cycles,
        sum(opportunities) as opportunities,
        sum(won) as won,
        sum(won_amount) as won_amount,
        sum(cost_amount) as cost_amount
    from measured
    group by cohort_month, pool, cycle_number, segment, from_age_days
),

-- What was spent for no segment counts for all of them together.
sliced as (
    select * from totalled
    where segment is not null
    union all
    select
        cohort_month,
        pool,
        cycle_number,
        'all' as segment,
        from_age_days,
        cycles,
        opportunities,
        won,
        won_amount,
        cost_amount
    from totalled
),

summed as (
    select
        sliced.cohort_month,
        sliced.pool,
        sliced.cycle_number,
        sliced.segment,
        ages.age_days,
        {{ days_after(month_end('sliced.cohort_month'), 'ages.age_days') }} <= {{ as_of_date() }} as is_mature,
        cast(sum(sliced.cycles) as bigint) as cycles,
        cast(sum(sliced.opportunities) as bigint) as opportunities,
        cast(sum(sliced.won) as bigint) as won,
        cast(sum(sliced.won_amount) as decimal(18, 2)) as won_amount,
        -- Of later cycles what nobody did cost nothing; of new leads what nobody booked is not known.
        cast(
            case when sliced.pool = 'new' then sum(sliced.cost_amount) else coalesce(sum(sliced.cost_amount), 0) end
            as decimal(18, 2)
        ) as cost_amount
    from sliced
    inner join ages on sliced.from_age_days <= ages.age_days
    group by sliced.cohort_month, sliced.pool, sliced.cycle_number, sliced.segment, ages.age_days
    having sum(sliced.cycles) > 0
),

observed as (
    select
        cohort_month,
        pool,
        cycle_number,
        segment,
        age_days,
        is_mature,
        case when is_mature then cycles end as cycles,
        case when is_mature then opportunities end as opportunities,
        case when is_mature then won end as won,
        case when is_mature then won_amount end as won_amount,
        case when is_mature then cost_amount end as cost_amount
    from summed
),

compared as (
    select
        observed.*,
        {{ ratio('observed.opportunities', 'observed.cycles') }} as opportunity_rate,
        {{ ratio('new_leads.opportunities', 'new_leads.cycles') }} as new_lead_opportunity_rate
    from observed
    left join observed as new_leads
        on
            new_leads.pool = 'new'
            and observed.cohort_month = new_leads.cohort_month
            and observed.segment = new_leads.segment
            and observed.age_days = new_leads.age_days
),

yields as (
    select
        cohort_month,
        pool,
        cycle_number,
        segment,
        age_days,
        cycles,
        opportunities,
        won,
        won_amount,
        opportunity_rate,
        {{ wilson_low('opportunities', 'cycles') }} as rate_low,
        {{ wilson_high('opportunities', 'cycles') }} as rate_high,
        new_lead_opportunity_rate,
        {{ ratio('opportunity_rate', 'new_lead_opportunity_rate') }} as yield_ratio,
        cost_amount,
        {{ ratio('cost_amount', 'opportunities') }} as cost_per_opportunity,
        is_mature
    from compared
)

select * from yields
