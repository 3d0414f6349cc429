create temp table lead_states as
with stays as (
    select moves.*, stages.stage from moves
    left join stages on moves.to_reach = stages.reach
    where moves.exited_at is null
)
select
    leads.lead_row,
    lead_slices.lead_id,
    leads.opted_out,
    leads.created_at,
    captures.entered_at as captured_at,
    stays.stage as current_stage,
    stays.entered_at as stage_entered_at,
    stays.cycle_number,
    coalesce(occupied.is_customer, false) as is_customer,
    coalesce(occupied.has_open_opportunity, false) as has_open_opportunity
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
