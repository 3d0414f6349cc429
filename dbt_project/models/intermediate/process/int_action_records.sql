{{ config(materialized='view') }}

{% set facts -%}
    record_type,
    record_id,
    lead_id,
    opportunity_id,
    customer_id,
    stage,
    segment,
    owner_id,
    value_amount,
    stage_entered_at,
    stage_source_id,
    last_buyer_act_at,
    sla_due_at,
    renewal_due_on,
    renewal_contract_id,
    lacking_stage,
    missing_criterion,
    is_stalled,
    recycling_from,
    recycling_evidence_id,
    score_from,
    score_evidence_id,
    drawn
{%- endset %}

with leads as (
    select * from {{ ref('int_actionable_leads') }}
),

opportunities as (
    select * from {{ ref('int_actionable_opportunities') }}
),

customers as (
    select * from {{ ref('int_actionable_customers') }}
),

records as (
    select {{ facts }}
    from leads
    union all
    select {{ facts }}
    from opportunities
    union all
    select {{ facts }}
    from customers
)

select * from records
