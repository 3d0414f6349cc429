{% set since -%}
    'In ' || labels.label || ' since ' || cast({{ local_date('records.stage_entered_at') }} as varchar)
{%- endset %}
{% set last_act -%}
    case
        when records.last_buyer_act_at is null then '; no act by the buyer yet'
        else '; last act by the buyer on ' || cast({{ local_date('records.last_buyer_act_at') }} as varchar)
    end
{%- endset %}
{% set renewal_from = local_midnight(days_after('records.renewal_due_on', 1 - var('renewal_window_days'))) %}

with records as (
    select * from {{ ref('int_action_records') }}
),

labels as (
    select
        stage,
        {{ within_a_sentence('coalesce(label_en, stage)') }} as label
    from {{ ref('dim_stages') }}
),

-- Each begins at an instant that does not depend on the night, and says of dates, never of ages.
triggers as (
    select
        records.record_type,
        records.record_id,
        'sla_past_due' as trigger,
        1 as trigger_order,
        records.stage,
        cast(null as varchar) as missing_criterion,
        records.sla_due_at as begins_at,
        records.stage_source_id as evidence_id,
        {{ since }} || '; the time allowed was over on '
        || cast({{ local_date('records.sla_due_at') }} as varchar) as reason_text
    from records
    inner join labels on records.stage = labels.stage
    where records.sla_due_at <= {{ as_of() }}
    union all
    select
        records.record_type,
        records.record_id,
        'renewal' as trigger,
        2 as trigger_order,
        records.stage,
        cast(null as varchar) as missing_criterion,
        {{ renewal_from }} as begins_at,
        records.renewal_contract_id as evidence_id,
        'Due for renewal on ' || cast(records.renewal_due_on as varchar) as reason_text
    from records
    where records.renewal_due_on is not null
    union all
    select
        records.record_type,
        records.record_id,
        'missing_criterion' as trigger,
        3 as trigger_order,
        records.lacking_stage as stage,
        records.missing_criterion,
        records.stage_entered_at as begins_at,
        records.stage_source_id as evidence_id,
        {{ since }} || '; nothing proves ' || lacking.label || ' yet: ' || records.missing_criterion as reason_text
    from records
    inner join labels on records.stage = labels.stage
    inner join labels as lacking on records.lacking_stage = lacking.stage
    union all
    select
        records.record_type,
        records.record_id,
        'stalled' as trigger,
        4 as trigger_order,
        records.stage,
        cast(null as varchar) as missing_criterion,
        records.score_from as begins_at,
        records.score_evidence_id as evidence_id,
        {{ since }} || {{ last_act }} as reason_text
    from records
    inner join labels on records.stage = labels.stage
    where records.is_stalled
    union all
    select
        records.record_type,
        records.record_id,
        'recycling' as trigger,
        5 as trigger_order,
        records.stage,
        cast(null as varchar) as missing_criterion,
        records.recycling_from as begins_at,
        records.recycling_evidence_id as evidence_id,
        {{ since }} || '; may be taken up again from '
        || cast({{ local_date('records.recycling_from') }} as varchar) as reason_text
    from records
    inner join labels on records.stage = labels.stage
    where records.recycling_from is not null
    union all
    select
        records.record_type,
        records.record_id,
        'score' as trigger,
        6 as trigger_order,
        records.stage,
        cast(null as varchar) as missing_criterion,
        records.score_from as begins_at,
        records.score_evidence_id as evidence_id,
        case
            when labels.stage is null
                then 'No lead is known; signed last on ' || cast({{ local_date('records.score_from') }} as varchar)
            else {{ since }} || {{ last_act }}
        end as reason_text
    from records
    left join labels on records.stage = labels.stage
)

select * from triggers
