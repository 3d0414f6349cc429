{% set id_parts = [
    'ranked.record_type', "'|'", 'ranked.record_id', "'|'", 'ranked.trigger', "'|'", 'ranked.criterion_asked_for', "'|'",
    'ranked.evidence_id',
] %}
{% set since -%}
    'In ' || labels.label || ' since ' || cast({{ local_date('ranked.stage_entered_at') }} as varchar)
{%- endset %}
{% set began_on = 'cast(' ~ local_date('ranked.begins_at') ~ ' as varchar)' %}
{% set last_act -%}
    case
        when ranked.last_buyer_act_at is null then '; no act by the buyer yet'
        else '; last act by the buyer on ' || cast({{ local_date('ranked.last_buyer_act_at') }} as varchar)
    end
{%- endset %}

with triggers as (
    select * from {{ ref('int_action_triggers') }}
),

choices as (
    select * from {{ ref('int_action_choices') }}
),

pipeline as (
    select * from {{ ref('kpi_pipeline') }}
),

labels as (
    select
        stage,
        {{ within_a_sentence('coalesce(label_en, stage)') }} as label
    from {{ ref('dim_stages') }}
),

valued as (
    select
        triggers.*,
        {{ microseconds_after('triggers.begins_at', hours_in_microseconds('triggers.due_hours')) }} as due_at,
        case
            when triggers.record_type = 'opportunity' then pipeline.weighted_amount
            else triggers.value_amount
        end as action_value
    from triggers
    left join pipeline on triggers.opportunity_id = pipeline.opportunity_id
),

owned as (
    select
        valued.*,
        {{ action_owner('valued.owner_id') }} as action_owner_id
    from valued
    {{ action_owner_joins('valued.owner_role', 'valued.owner_id', 'valued.drawn') }}
),

ranked as (
    select
        record_type,
        record_id,
        lead_id,
        opportunity_id,
        customer_id,
        stage,
        segment,
        stage_entered_at,
        last_buyer_act_at,
        renewal_due_on,
        trigger,
        asked_stage,
        criterion_asked_for,
        missing_criterion,
        begins_at,
        evidence_id,
        action_value,
        action_owner_id,
        due_at,
        row_number() over (
            partition by action_owner_id
            order by trigger_order asc, action_value desc nulls last, due_at asc, record_type asc, record_id asc
        ) as action_rank
    from owned
),

-- Put in words when all else is decided: the words are most of a row. They name dates, never ages.
actions as (
    select
        ranked.record_type,
        ranked.record_id,
        md5({{ joined_text(id_parts) }}) as action_id,
        ranked.lead_id,
        ranked.opportunity_id,
        ranked.customer_id,
        ranked.stage,
        ranked.trigger,
        ranked.missing_criterion,
        choices.action,
        choices.channel,
        choices.content,
        choices.owner_role,
        ranked.action_owner_id as owner_id,
        ranked.due_at,
        case
            when ranked.trigger = 'renewal'
                then 'Due for renewal on ' || cast(ranked.renewal_due_on as varchar)
            when labels.stage is null then 'No lead is known; signed last on ' || {{ began_on }}
            else
                {{ since }}
                || case ranked.trigger
                    when 'sla_past_due' then '; the time allowed was over on ' || {{ began_on }}
                    when 'missing_criterion'
                        then '; nothing proves ' || asked.label || ' yet: ' || ranked.criterion_asked_for
                    when 'recycling' then '; may be taken up again from ' || {{ began_on }}
                    else {{ last_act }}
                end
        end as reason_text,
        ranked.evidence_id,
        ranked.action_value as value_amount,
        ranked.action_rank,
        ranked.segment
    from ranked
    inner join choices
        on
            ranked.trigger = choices.trigger
            and {{ same('ranked.asked_stage', 'choices.stage') }}
            and {{ same('ranked.criterion_asked_for', 'choices.missing_criterion') }}
    left join labels on ranked.stage = labels.stage
    left join labels as asked on ranked.asked_stage = asked.stage
)

select * from actions
