{{ config(materialized='view') }}

{% set renewal_from = local_midnight(days_after('triggered.renewal_due_on', 1 - var('renewal_window_days'))) %}

with records as (
    select * from {{ ref('int_action_records') }}
),

choices as (
    select * from {{ ref('int_action_choices') }}
),

-- What holds but has no row in the file asks for nothing.
answered as (
    select
        stage,
        count(case when trigger = 'sla_past_due' then 1 end) > 0 as is_sla_past_due,
        count(case when trigger = 'renewal' then 1 end) > 0 as is_renewal,
        count(case when trigger = 'stalled' then 1 end) > 0 as is_stalled,
        count(case when trigger = 'recycling' then 1 end) > 0 as is_recycling,
        count(case when trigger = 'score' then 1 end) > 0 as is_score
    from choices
    group by stage
),

answered_criteria as (
    select * from choices
    where trigger = 'missing_criterion'
),

triggered as (
    select
        records.*,
        case
            when answered.is_sla_past_due and records.sla_due_at <= {{ as_of() }} then 1
            when answered.is_renewal and records.renewal_due_on is not null then 2
            when answered_criteria.trigger is not null then 3
            when answered.is_stalled and records.is_stalled then 4
            when answered.is_recycling and records.recycling_from is not null then 5
            when answered.is_score then 6
        end as trigger_order
    from records
    left join answered on {{ same('records.stage', 'answered.stage') }}
    left join answered_criteria
        on
            records.lacking_stage = answered_criteria.stage
            and {{ same('records.missing_criterion', 'answered_criteria.missing_criterion') }}
),

-- Each begins at an instant that does not depend on the night.
described as (
    select
        triggered.*,
        case triggered.trigger_order
            when 1 then 'sla_past_due'
            when 2 then 'renewal'
            when 3 then 'missing_criterion'
            when 4 then 'stalled'
            when 5 then 'recycling'
            else 'score'
        end as trigger,
        case when triggered.trigger_order = 3 then triggered.lacking_stage else triggered.stage end as asked_stage,
        case when triggered.trigger_order = 3 then triggered.missing_criterion end as criterion_asked_for,
        case triggered.trigger_order
            when 1 then triggered.sla_due_at
            when 2 then {{ renewal_from }}
            when 3 then triggered.stage_entered_at
            when 5 then triggered.recycling_from
            else triggered.score_from
        end as begins_at,
        case
            when triggered.trigger_order in (1, 3) then triggered.stage_source_id
            when triggered.trigger_order = 2 then triggered.renewal_contract_id
            when triggered.trigger_order = 5 then triggered.recycling_evidence_id
            else triggered.score_evidence_id
        end as evidence_id
    from triggered
    where triggered.trigger_order is not null
),

triggers as (
    select
        described.record_type,
        described.record_id,
        described.lead_id,
        described.opportunity_id,
        described.customer_id,
        described.stage,
        described.segment,
        described.owner_id,
        described.value_amount,
        described.stage_entered_at,
        described.last_buyer_act_at,
        described.renewal_due_on,
        described.trigger,
        described.trigger_order,
        described.asked_stage,
        described.criterion_asked_for,
        case
            when described.record_type = 'opportunity' then described.missing_criterion
            else described.criterion_asked_for
        end as missing_criterion,
        described.begins_at,
        described.evidence_id,
        described.drawn,
        choices.owner_role,
        choices.due_hours
    from described
    inner join choices
        on
            described.trigger = choices.trigger
            and {{ same('described.asked_stage', 'choices.stage') }}
            and {{ same('described.criterion_asked_for', 'choices.missing_criterion') }}
)

select * from triggers
