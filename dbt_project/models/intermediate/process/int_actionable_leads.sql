{{ config(materialized='view') }}

with leads as (
    select * from {{ ref('dim_leads') }}
),

rankable as (
    select * from {{ ref('int_leads_rankable') }}
    where is_rankable
),

stages as (
    select * from {{ ref('int_stages_numbered') }}
),

candidates as (
    select * from {{ ref('fct_recycling_candidates') }}
    where is_eligible
),

scores as (
    select * from {{ ref('fct_lead_scores') }}
),

last_acts as (
    select * from {{ ref('int_lead_score_inputs') }}
),

stays as (
    select * from {{ ref('fct_stage_transitions') }}
    where exited_at is null
),

sla_stays as (
    select * from {{ ref('int_sla_stays') }}
    where exited_at is null
),

-- A hold-out is left alone, so that what is gained by acting can be told from what would have come anyway.
actionable as (
    select
        'lead' as record_type,
        leads.lead_id as record_id,
        leads.lead_id,
        cast(null as varchar) as opportunity_id,
        cast(null as varchar) as customer_id,
        leads.current_stage as stage,
        leads.segment,
        leads.owner_id,
        cast(scores.opportunity_probability * scores.expected_amount as decimal(18, 2)) as value_amount,
        leads.stage_entered_at,
        stays.source_id as stage_source_id,
        last_acts.last_buyer_act_at,
        sla_stays.due_at as sla_due_at,
        cast(null as date) as renewal_due_on,
        cast(null as varchar) as renewal_contract_id,
        cast(null as varchar) as lacking_stage,
        cast(null as varchar) as missing_criterion,
        false as is_stalled,
        case when candidates.is_listed then {{ recycling_start('candidates') }} end as recycling_from,
        coalesce(candidates.needed_act_id, stays.source_id) as recycling_evidence_id,
        greatest(leads.stage_entered_at, coalesce(last_acts.last_buyer_act_at, leads.stage_entered_at)) as score_from,
        coalesce(last_acts.last_buyer_act_id, stays.source_id) as score_evidence_id
    from leads
    inner join rankable on leads.lead_id = rankable.lead_id
    inner join stages on leads.current_stage = stages.stage
    inner join stays on leads.lead_id = stays.lead_id
    inner join scores on leads.lead_id = scores.lead_id
    inner join last_acts on leads.lead_id = last_acts.lead_id
    left join sla_stays on leads.lead_id = sla_stays.lead_id
    left join candidates on leads.lead_id = candidates.lead_id
    where
        (stages.is_success or candidates.lead_id is not null)
        and not coalesce(candidates.is_holdout, false)
)

select * from actionable
