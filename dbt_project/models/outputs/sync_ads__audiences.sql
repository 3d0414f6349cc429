with leads as (
    select * from {{ ref('dim_leads') }}
    where not opted_out and current_stage <> {{ disqualified_stage() }}
),

scores as (
    select * from {{ ref('fct_lead_scores') }}
),

hold_outs as (
    select lead_id from {{ ref('fct_recycling_candidates') }}
    where is_eligible and is_holdout
),

addressed as (
    select
        leads.lead_id,
        leads.current_stage,
        scores.last_content_id
    from leads
    inner join scores on leads.lead_id = scores.lead_id
    left join hold_outs on leads.lead_id = hold_outs.lead_id
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
