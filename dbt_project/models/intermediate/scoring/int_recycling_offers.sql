{% set started_on = var('recycling_started_on') %}

with windows as (
    select
        lead_id,
        cycle_number,
        pool,
        is_drawn,
        -- Nothing was offered before the list went live.
        {% if started_on -%}
        greatest(opens_on, cast('{{ started_on }}' as date)) as opens_on,
        {%- else -%} opens_on, {%- endif %}
        closes_on
    from {{ ref('int_recycling_windows') }}
    where opens_on <= {{ as_of_date() }}
),

leads as (
    select * from {{ ref('dim_leads') }}
),

companies as (
    select * from {{ ref('int_lead_companies') }}
),

talks as (
    select * from {{ ref('int_company_talks') }}
),

opportunities as (
    select * from {{ ref('fct_opportunities') }}
),

-- What one talk blocks no other talk of the company does from the day after on: talks stand apart.
talking as (
    select
        companies.lead_id,
        talks.opens_on,
        talks.closes_on
    from companies
    inner join talks on companies.company = talks.company
),

possible as (
    select
        windows.lead_id,
        windows.cycle_number,
        windows.pool,
        windows.is_drawn,
        windows.closes_on,
        case when talking.lead_id is null then windows.opens_on else {{ days_after('talking.closes_on', 1) }} end
            as offered_on
    from windows
    left join talking
        on
            windows.lead_id = talking.lead_id
            and windows.opens_on >= talking.opens_on
            and windows.opens_on <= coalesce(talking.closes_on, date '9999-12-31')
),

first_offers as (
    select
        lead_id,
        cycle_number,
        pool,
        is_drawn,
        min(offered_on) as offered_on
    from possible
    where offered_on <= {{ as_of_date() }} and (closes_on is null or offered_on <= closes_on)
    group by lead_id, cycle_number, pool, is_drawn
),

outcomes as (
    select
        first_offers.lead_id,
        first_offers.cycle_number,
        first_offers.pool,
        min(
            {{ days_between('first_offers.offered_on', local_date('opportunities.created_at')) }}
        ) as days_to_opportunity
    from first_offers
    inner join opportunities
        on
            first_offers.lead_id = opportunities.lead_id
            and opportunities.created_at > {{ local_midnight('first_offers.offered_on') }}
    group by first_offers.lead_id, first_offers.cycle_number, first_offers.pool
),

offers as (
    select
        first_offers.lead_id,
        first_offers.cycle_number,
        first_offers.pool,
        leads.segment,
        first_offers.offered_on,
        first_offers.is_drawn as is_holdout,
        cast(outcomes.days_to_opportunity as integer) as days_to_opportunity
    from first_offers
    inner join leads on first_offers.lead_id = leads.lead_id
    left join outcomes
        on
            first_offers.lead_id = outcomes.lead_id
            and first_offers.cycle_number = outcomes.cycle_number
            and first_offers.pool = outcomes.pool
)

select * from offers
