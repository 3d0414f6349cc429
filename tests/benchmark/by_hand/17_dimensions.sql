create table warehouse.marts.dim_stages as
select * exclude (seed_row) from seeds.stages;

create table warehouse.marts.dim_reps as
select rep_id, name, team, department, manager_id, started_on, ended_on, capacity from seeds.reps;

create table warehouse.marts.dim_dates as
with bounds as (
    select least(
        getvariable('today'),
        coalesce((select local_date(min(entered_at)) from moves), getvariable('today')),
        coalesce((select min(starts_on) from contracts), getvariable('today'))
    ) as first_day
),
days as (
    select cast(unnest(generate_series(
        (select date_trunc('year', first_day) from bounds),
        date_trunc('year', getvariable('today')) + interval 24 month - interval 1 day,
        interval 1 day
    )) as date) as date_day
),
counted as (
    select
        date_day,
        cast(extract(year from date_day) as integer) as calendar_year,
        cast(extract(month from date_day) as integer) as calendar_month,
        cast((extract(month from date_day) - getvariable('fiscal_year_start_month') + 12) % 12 as integer)
            as months_into_fiscal_year
    from days
)
select
    date_day,
    month_of(date_day) as month_starts_on,
    cast(date_trunc('week', date_day) as date) as week_starts_on,
    calendar_year,
    calendar_month,
    calendar_year + case
        when getvariable('fiscal_year_start_month') > 1 and calendar_month >= getvariable('fiscal_year_start_month')
            then 1
        else 0
    end as fiscal_year,
    cast(floor(months_into_fiscal_year / 3) as integer) + 1 as fiscal_quarter,
    months_into_fiscal_year + 1 as fiscal_month,
    cast(month_of(date_day) - to_months(months_into_fiscal_year % 3) as date) as fiscal_quarter_starts_on
from counted;

create temp table lead_states as
with stays as (
    select moves.*, stages.stage from moves
    left join stages on moves.to_reach = stages.reach
    where moves.exited_at is null
)
select
    leads.lead_row,
    lead_slices.lead_id,
    lead_slices.owner_id,
    leads.opted_out,
    leads.created_at,
    captures.entered_at as captured_at,
    stays.stage as current_stage,
    stays.entered_at as stage_entered_at,
    stays.reason,
    stays.cycle_number,
    coalesce(occupied.is_customer, false) as is_customer,
    coalesce(occupied.has_open_opportunity, false) as has_open_opportunity,
    occupied.latest_opportunity_id
from leads
inner join lead_slices on leads.lead_row = lead_slices.lead_row
inner join stays on leads.lead_row = stays.lead_row
inner join moves as captures on leads.lead_row = captures.lead_row and captures.transition_number = 1
left join occupied on leads.lead_row = occupied.lead_row;

create table warehouse.marts.dim_leads as
select
    raw_leads.lead_id,
    states.created_at,
    raw_leads.updated_at,
    raw_leads.job_title,
    raw_leads.company_name,
    raw_leads.company_domain,
    raw_leads.industry,
    raw_leads.employee_count,
    raw_leads.country,
    raw_leads.lead_source,
    raw_leads.campaign_id,
    cast(raw_leads.acquisition_cost as decimal(18, 2)) as acquisition_cost,
    raw_leads.owner_id,
    states.opted_out,
    states.captured_at,
    profiles.segment,
    lead_sources.motion,
    states.current_stage,
    states.stage_entered_at,
    states.cycle_number,
    profiles.fit_points,
    profiles.fit_grade,
    states.is_customer
from store.raw.leads as raw_leads
inner join lead_states as states on raw_leads.rowid = states.lead_row
inner join profiles on states.lead_row = profiles.lead_row and profiles.is_current
left join seeds.lead_sources on raw_leads.lead_source = lead_sources.lead_source;
