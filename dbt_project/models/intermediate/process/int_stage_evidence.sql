{{ per_lead('view') }}

with told_evidence as (
    select * from {{ touched('int_told_evidence') }}
),

score_evidence as (
    select
        *,
        {{ stage_number(score_stage()) }} as stage_number
    from {{ touched('int_score_evidence') }}
),

-- An activity gives one signal, for the highest stage it qualifies for.
joined as (
    select
        coalesce(told_evidence.activity_id, score_evidence.activity_id) as activity_id,
        coalesce(told_evidence.lead_id, score_evidence.lead_id) as lead_id,
        coalesce(told_evidence.occurred_at, score_evidence.occurred_at) as occurred_at,
        coalesce(told_evidence.actor_id, score_evidence.actor_id) as actor_id,
        greatest(told_evidence.stage_number, score_evidence.stage_number) as stage_number,
        coalesce(told_evidence.is_strong, false) as is_strong,
        case
            when told_evidence.stage_number = greatest(told_evidence.stage_number, score_evidence.stage_number)
                then told_evidence.basis
            else 'score'
        end as basis
    from told_evidence
    full outer join score_evidence on told_evidence.activity_id = score_evidence.activity_id
)

select * from joined
