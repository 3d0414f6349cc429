{{ config(materialized='incremental', incremental_strategy='addressed_leads', on_schema_change='fail') }}
{#- It depends on them also in nights that do not ask. -#}
{% do touched_leads() %}

with leads as (
    select * from {{ ref('dim_leads') }}
    where not opted_out and current_stage <> {{ disqualified_stage() }}
),

scores as (
    select * from {{ ref('fct_lead_scores') }}
),

hold_outs as (
    select * from {{ held_out_leads() }} as held_out
),

{% if is_increment() -%}
    -- What a lead is in changes when something touches it, or when it is held out or no longer so.
    standing as (
        select lead_id from {{ this }}
        where not {{ is_touched('lead_id') }}
    ),

{% endif -%}
moved as (
    select leads.*
    from leads
    {% if is_increment() -%}
        left join standing on leads.lead_id = standing.lead_id
        where standing.lead_id is null
    {%- endif %}
),

addressed as (
    select
        moved.lead_id,
        moved.current_stage,
        scores.last_content_id
    from moved
    inner join scores on moved.lead_id = scores.lead_id
    left join hold_outs on moved.lead_id = hold_outs.lead_id
    where hold_outs.lead_id is null
),

audiences as (
    select
        'stage:' || current_stage as audience,
        lead_id
    from addressed
    union all
    select
        'content:' || last_content_id as audience,
        lead_id
    from addressed
    where last_content_id is not null
),

hashed as (
    select
        *,
        {{ row_hash(['audience', 'lead_id']) }} as row_hash
    from audiences
)

select * from hashed
