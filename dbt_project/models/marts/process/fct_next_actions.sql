{% set id_parts = [
    'record_type', "'|'", 'record_id', "'|'", 'trigger', "'|'", 'criterion_asked_for', "'|'", 'evidence_id',
] %}

with triggers as (
    select * from {{ ref('int_action_triggers') }}
),

pipeline as (
    select * from {{ ref('kpi_pipeline') }}
),

described as (
    select
        triggers.record_type,
        triggers.record_id,
        triggers.lead_id,
        triggers.opportunity_id,
        triggers.customer_id,
        triggers.stage,
        triggers.segment,
        triggers.owner_id as record_owner_id,
        triggers.trigger,
        triggers.trigger_order,
        triggers.criterion_asked_for,
        triggers.missing_criterion,
        triggers.action,
        triggers.channel,
        triggers.content,
        triggers.owner_role,
        {{ microseconds_after('triggers.begins_at', hours_in_microseconds('triggers.due_hours')) }} as due_at,
        triggers.reason_text,
        triggers.evidence_id,
        case
            when triggers.record_type = 'opportunity' then pipeline.weighted_amount
            else triggers.value_amount
        end as value_amount,
        triggers.drawn
    from triggers
    left join pipeline on triggers.opportunity_id = pipeline.opportunity_id
),

owned as (
    select
        described.*,
        {{ action_owner('described.record_owner_id') }} as owner_id
    from described
    {{ action_owner_joins('described.owner_role', 'described.record_owner_id', 'described.drawn') }}
),

actions as (
    select
        record_type,
        record_id,
        md5({{ joined_text(id_parts) }}) as action_id,
        lead_id,
        opportunity_id,
        customer_id,
        stage,
        trigger,
        missing_criterion,
        action,
        channel,
        content,
        owner_role,
        owner_id,
        due_at,
        reason_text,
        evidence_id,
        value_amount,
        row_number() over (
            partition by owner_id
            order by trigger_order asc, value_amount desc nulls last, due_at asc, record_type asc, record_id asc
        ) as action_rank,
        segment
    from owned
)

select * from actions
