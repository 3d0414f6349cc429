{{ per_lead() }}

-- Several leads may name one opportunity: all that is said of it counts, whoever of them was touched.
with activities as (
    select * from {{ whole('int_opportunity_activities') }}
),

-- Several leads may call it, too.
all_calls as (
    select * from {{ whole('int_forecast_calls') }}
),

-- A contract closes the opportunity that it names, whichever lead its customer is.
signatures as (
    select * from {{ whole('int_contracts_attached') }}
    where closes_opportunity
),

contexts as (
    select * from {{ touched('int_opportunity_contexts') }}
),

captures as (
    select
        lead_id,
        entered_at as captured_at
    from {{ touched('fct_stage_transitions') }}
    where transition_number = 1
),

lost_reasons as (
    select * from {{ ref('lost_reasons') }}
),

events as (
    select
        activities.opportunity_id,
        activities.activity_id as event_id,
        activities.activity_type as event_type,
        activities.occurred_at,
        activities.lead_id as naming_lead_id,
        activities.phase as told_phase,
        activities.amount,
        activities.expected_close_on,
        coalesce(lost_reasons.is_excluded, false) as is_excluded
    from activities
    inner join contexts on activities.opportunity_id = contexts.opportunity_id
    left join lost_reasons on activities.reason = lost_reasons.reason
    union all
    select
        signatures.opportunity_id,
        signatures.contract_id as event_id,
        'signature' as event_type,
        signatures.signed_at as occurred_at,
        null as naming_lead_id,
        null as told_phase,
        null as amount,
        null as expected_close_on,
        false as is_excluded
    from signatures
    inner join contexts on signatures.opportunity_id = contexts.opportunity_id
),

calls as (
    select
        all_calls.opportunity_id,
        all_calls.activity_id,
        all_calls.occurred_at,
        all_calls.outcome,
        all_calls.amount
    from all_calls
    inner join contexts on all_calls.opportunity_id = contexts.opportunity_id
),

spans as (
    {{ opportunity_spans('events', 'calls', ['opportunity_id']) }}
),

-- Nobody sees an opportunity before its lead.
seen as (
    select
        spans.opportunity_id,
        spans.lead_id,
        contexts.segment,
        greatest(spans.stands_from, captures.captured_at) as stands_from,
        coalesce(spans.stands_until, timestamptz '9999-12-31 00:00:00+00') as stands_until,
        spans.created_at,
        spans.status,
        spans.closed_at,
        spans.is_excluded,
        spans.phase,
        spans.phase_entered_at,
        spans.p1_entered_at,
        spans.p2_entered_at,
        spans.p3_entered_at,
        spans.p4_entered_at,
        spans.p5_entered_at,
        spans.amount,
        spans.amount_at_close,
        spans.expected_close_on,
        spans.forecast_category,
        spans.called_outcome,
        spans.called_amount
    from spans
    inner join contexts on spans.opportunity_id = contexts.opportunity_id
    inner join captures on spans.lead_id = captures.lead_id
    where spans.stands_until is null or spans.stands_until > captures.captured_at
)

select * from seen
