{{ per_difference('lead_id') }}

with scores as (
    select * from {{ ref('fct_lead_scores') }}
),

leads as (
    select * from {{ ref('dim_leads') }}
    where not opted_out
),

payloads as (
    select
        scores.lead_id,
        scores.combined_grade,
        scores.score_decile,
        cast(scores.opportunity_probability as decimal(3, 2)) as opportunity_probability,
        scores.score_kind,
        leads.current_stage,
        scores.cycle_number,
        'Fit ' || scores.fit_grade || ', behaviour ' || scores.behaviour_grade
        || case
            when scores.last_buyer_act_at is null then '; no act by the buyer yet'
            else '; last act by the buyer on ' || cast({{ local_date('scores.last_buyer_act_at') }} as varchar)
        end as reason_text
    from scores
    inner join leads on scores.lead_id = leads.lead_id
),

hashed as (
    {{ hashed_where_differing('payloads', 'lead_id', [
        'combined_grade', 'score_decile', 'opportunity_probability', 'score_kind', 'current_stage', 'cycle_number',
        'reason_text',
    ]) }}
)

select * from hashed
