{% set id_parts = [
    'record_type', "'|'", 'record_id', "'|'", 'trigger', "'|'", 'criterion_asked_for', "'|'", 'evidence_id',
] %}

with records as (
    select * from {{ ref('int_action_records') }}
),

triggers as (
    select * from {{ ref('int_action_triggers') }}
),

choices as (
    select * from {{ ref('int_action_choices') }}
),

pipeline as (
    select * from {{ ref('kpi_pipeline') }}
),

-- What holds but has no row in the file asks for nothing.
answered as (
    select
        triggers.record_type,
        triggers.record_id,
        triggers.trigger,
        triggers.trigger_order,
        triggers.missing_criterion as criterion_asked_for,
        triggers.evidence_id,
        triggers.reason_text,
        choices.action,
        choices.channel,
        choices.content,
        choices.owner_role,
        {{ microseconds_after('triggers.begins_at', hours_in_microseconds('choices.due_hours')) }} as due_at,
        row_number() over (
            partition by triggers.record_type, triggers.record_id
            order by triggers.trigger_order
        ) as answer_number
    from triggers
    inner join choices
        on
            triggers.trigger = choices.trigger
            and {{ same('triggers.stage', 'choices.stage') }}
            and {{ same('triggers.missing_criterion', 'choices.missing_criterion') }}
),

described as (
    select
        answered.*,
        records.lead_id,
        records.opportunity_id,
        records.customer_id,
        records.stage,
        records.segment,
        records.owner_id as record_owner_id,
        case
            when records.record_type = 'opportunity' then records.missing_criterion
            else answered.criterion_asked_for
        end as missing_criterion,
        case
            when records.record_type = 'opportunity' then pipeline.weighted_amount
            else records.value_amount
        end as value_amount,
        {{ action_draw('records.record_type', 'records.record_id') }} as drawn
    from answered
    inner join records on answered.record_type = records.record_type and answered.record_id = records.record_id
    left join pipeline on records.opportunity_id = pipeline.opportunity_id
    where answered.answer_number = 1
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
