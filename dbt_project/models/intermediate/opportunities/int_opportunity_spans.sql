{{ per_lead() }}
{% if model.resource_type == 'model' %} {%- do touched('int_spans_replaced') -%} {% endif %}

with events as (
    select * from {{ touched('int_opportunity_events') }}
),

-- Several leads may call it, whoever of them was touched.
all_calls as (
    select * from {{ whole('int_forecast_calls') }}
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

states as (
    select
        events.opportunity_id,
        events.event_number,
        events.event_id,
        events.event_type,
        events.occurred_at,
        case when events.event_type <> 'signature' then events.lead_id end as naming_lead_id,
        events.status,
        events.status_before,
        events.phase,
        events.phase_before,
        events.amount,
        events.expected_close_on,
        coalesce(lost_reasons.is_excluded, false) as is_excluded
    from events
    left join lost_reasons on events.reason = lost_reasons.reason
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
    {{ opportunity_spans('states', 'calls', ['opportunity_id']) }}
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
