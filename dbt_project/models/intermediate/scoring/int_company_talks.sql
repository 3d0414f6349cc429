with lead_opportunities as (
    select * from {{ ref('int_lead_opportunities') }}
),

phase_stays as (
    select * from {{ ref('fct_opportunity_phases') }}
),

companies as (
    select * from {{ ref('int_lead_companies') }}
),

-- An opportunity is open while it is in a phase. Stays of no midnight stand in nobody's way.
open_stays as (
    select
        companies.company,
        {{ first_day_from('phase_stays.entered_at') }} as opens_on,
        coalesce({{ days_after(first_day_from('phase_stays.exited_at'), -1) }}, date '9999-12-31') as closes_on
    from phase_stays
    inner join lead_opportunities on phase_stays.opportunity_id = lead_opportunities.opportunity_id
    inner join companies on lead_opportunities.lead_id = companies.lead_id
),

reached as (
    select
        company,
        opens_on,
        max(closes_on) over (
            partition by company
            order by opens_on, closes_on
            rows between unbounded preceding and 1 preceding
        ) as closed_before,
        max(closes_on) over (
            partition by company
            order by opens_on, closes_on
            rows between unbounded preceding and unbounded following
        ) as last_closes_on
    from open_stays
    where opens_on <= closes_on
),

-- A talk is over with what came before the next one.
begun as (
    select
        company,
        opens_on,
        coalesce(lead(closed_before) over (partition by company order by opens_on), last_closes_on) as closes_on
    from reached
    where coalesce({{ days_between('closed_before', 'opens_on') }} > 1, true)
),

talks as (
    select
        company,
        opens_on,
        nullif(closes_on, date '9999-12-31') as closes_on
    from begun
)

select * from talks
