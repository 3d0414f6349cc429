{{ config(materialized='view') }}

with leads as (
    select * from {{ ref('int_lead_standings') }}
    where is_rankable
),

candidates as (
    select * from {{ ref('fct_recycling_candidates') }}
    where is_eligible
),

scores as (
    select * from {{ ref('fct_lead_scores') }}
),

-- A hold-out is left alone, so that what is gained by acting can be told from what would have come anyway.
actionable as (
    select
        'lead' as record_type,
        leads.lead_id as record_id,
        leads.lead_id,
        cast(null as varchar) as opportunity_id,
        cast(null as varchar) as customer_id,
        leads.stage,
        leads.segment,
        leads.owner_id,
        cast(scores.opportunity_probability * scores.expected_amount as decimal(18, 2)) as value_amount,
        leads.stage_entered_at,
        leads.stage_source_id,
        leads.last_buyer_act_at,
        leads.sla_due_at,
        cast(null as date) as renewal_due_on,
        cast(null as varchar) as renewal_contract_id,
        cast(null as varchar) as lacking_stage,
        cast(null as varchar) as missing_criterion,
        false as is_stalled,
        case when candidates.is_listed then {{ recycling_start('candidates') }} end as recycling_from,
        coalesce(candidates.needed_act_id, leads.stage_source_id) as recycling_evidence_id,
        greatest(leads.stage_entered_at, coalesce(leads.last_buyer_act_at, leads.stage_entered_at)) as score_from,
        coalesce(leads.last_buyer_act_id, leads.stage_source_id) as score_evidence_id,
        leads.drawn
    from leads
    inner join scores on leads.lead_id = scores.lead_id
    left join candidates on leads.lead_id = candidates.lead_id
    where
        (leads.is_on_path or candidates.lead_id is not null)
        and not coalesce(candidates.is_holdout, false)
)

select * from actionable
