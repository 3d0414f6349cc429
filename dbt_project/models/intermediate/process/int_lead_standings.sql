{{ per_lead() }}

with leads as (
    select * from {{ touched('dim_leads') }}
),

rankable as (
    select * from {{ touched('int_leads_rankable') }}
),

last_acts as (
    select * from {{ touched('int_lead_score_inputs') }}
),

stays as (
    select * from {{ touched('fct_stage_transitions') }}
    where exited_at is null
),

sla_stays as (
    select * from {{ touched('int_sla_stays') }}
    where exited_at is null
),

stages as (
    select * from {{ ref('int_stages_numbered') }}
),

standings as (
    select
        leads.lead_id,
        leads.owner_id,
        leads.segment,
        leads.opted_out,
        rankable.is_rankable,
        leads.current_stage as stage,
        stages.is_success as is_on_path,
        leads.stage_entered_at,
        stays.source_id as stage_source_id,
        sla_stays.due_at as sla_due_at,
        last_acts.last_buyer_act_at,
        last_acts.last_buyer_act_id,
        {{ action_draw("'lead'", 'leads.lead_id') }} as drawn
    from leads
    inner join rankable on leads.lead_id = rankable.lead_id
    inner join last_acts on leads.lead_id = last_acts.lead_id
    inner join stays on leads.lead_id = stays.lead_id
    inner join stages on leads.current_stage = stages.stage
    left join sla_stays on leads.lead_id = sla_stays.lead_id
)

select * from standings
