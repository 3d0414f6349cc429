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
    select distinct
        companies.company,
        {{ first_day_from('phase_stays.entered_at') }} as opens_on,
        coalesce({{ days_after(first_day_from('phase_stays.exited_at'), -1) }}, date '9999-12-31') as closes_on
    from phase_stays
    inner join lead_opportunities on phase_stays.opportunity_id = lead_opportunities.opportunity_id
    inner join companies on lead_opportunities.lead_id = companies.lead_id
),

reached as (
    select
        *,
        max(closes_on) over (
            partition by company
            order by opens_on, closes_on
            rows between unbounded preceding and 1 preceding
        ) as closed_before
    from open_stays
    where opens_on <= closes_on
),

numbered as (
    select
        *,
        sum(case when {{ days_between('closed_before', 'opens_on') }} <= 1 then 0 else 1 end) over (
            partition by company
            order by opens_on, closes_on
            rows between unbounded preceding and current row
        ) as talk_number
    from reached
),

talks as (
    select
        company,
        min(opens_on) as opens_on,
        nullif(max(closes_on), date '9999-12-31') as closes_on
    from numbered
    group by company, talk_number
)

select * from talks
