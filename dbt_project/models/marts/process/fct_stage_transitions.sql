{{ per_lead() }}

{% set signal_order = struct_of({
    'signal_at': 'first_evidence.signal.signal_at',
    'signal_id': 'first_evidence.signal.signal_id',
    'basis': 'first_evidence.signal.basis',
}) %}

{% if model.resource_type == 'model' -%}
-- depends_on: {{ ref('int_transitions_replaced') }}
{%- endif %}
with profiles as (
    select * from {{ touched('int_lead_profiles') }}
    where profile = 'current'
),

leads as (
    select
        leads.lead_id,
        leads.created_at,
        leads.owner_id,
        leads.lead_source,
        profiles.segment,
        profiles.lead_number
    from {{ touched('int_leads_merged') }} as leads
    inner join profiles on leads.lead_id = profiles.lead_id
),

stages as (
    select * from {{ ref('int_stages_numbered') }}
),

-- An explicit signal opens a span; the first one is opened by the capture.
explicit_signals as (
    select
        signals.*,
        stages.is_closed,
        1 + row_number() over in_order as span_number,
        lead(signals.signal_at) over in_order as closes_at
    from {{ touched('int_stage_signals') }} as signals
    inner join stages on signals.stage_number = stages.stage_number
    where signals.is_explicit <> 0
    window in_order as (partition by signals.lead_id order by signals.signal_at, signals.signal_id, signals.basis)
),

-- Evidence counts in the span that the last explicit signal before it opened. In an open span only the first
-- evidence of each stage can move the lead, so that few of all signals need to be put in order.
first_evidence as (
    select
        evidence.lead_id,
        evidence.stage_number,
        coalesce(explicit_signals.span_number, 1) as span_number,
        coalesce(explicit_signals.is_closed, false) as is_closed,
        min({{ struct_of({
            'signal_at': 'evidence.signal_at',
            'signal_id': 'evidence.signal_id',
            'basis': 'evidence.basis',
            'is_strong': 'evidence.is_strong',
            'is_opening': 'evidence.is_opening',
            'actor_id': 'evidence.actor_id',
            'reason': 'evidence.reason',
        }) }}) as signal
    from {{ touched('int_stage_signals') }} as evidence
    left join explicit_signals
        on
            evidence.lead_id = explicit_signals.lead_id
            and evidence.signal_at > explicit_signals.signal_at
            and evidence.signal_at <= coalesce(explicit_signals.closes_at, evidence.signal_at)
    where evidence.is_explicit = 0
    group by
        evidence.lead_id,
        evidence.stage_number,
        explicit_signals.span_number,
        explicit_signals.is_closed,
        case when explicit_signals.is_closed then evidence.signal_at end,
        case when explicit_signals.is_closed then evidence.signal_id end,
        case when explicit_signals.is_closed then evidence.basis end
),

-- In a span that is closed evidence counts only from the first strong one on.
breakthroughs as (
    select
        first_evidence.lead_id,
        first_evidence.span_number,
        min({{ signal_order }}) as signal_order
    from first_evidence
    where first_evidence.is_closed and first_evidence.signal.is_strong
    group by first_evidence.lead_id, first_evidence.span_number
),

evidence as (
    select first_evidence.*
    from first_evidence
    left join breakthroughs
        on
            first_evidence.lead_id = breakthroughs.lead_id
            and first_evidence.span_number = breakthroughs.span_number
    where not first_evidence.is_closed or {{ signal_order }} >= breakthroughs.signal_order
),

first_signals as (
    select
        lead_id,
        min(signal_at) as signal_at
    from (
        select
            first_evidence.lead_id,
            first_evidence.signal.signal_at
        from first_evidence
        union all
        select
            lead_id,
            signal_at
        from explicit_signals
    ) as signals
    group by lead_id
),

signals as (
    select
        evidence.lead_id,
        evidence.span_number,
        evidence.signal.signal_at,
        0 as is_explicit,
        evidence.signal.signal_id,
        evidence.stage_number,
        evidence.signal.basis,
        evidence.signal.is_opening,
        evidence.signal.actor_id,
        evidence.signal.reason
    from evidence
    union all
    select
        lead_id,
        span_number,
        signal_at,
        is_explicit,
        signal_id,
        stage_number,
        basis,
        is_opening,
        actor_id,
        reason
    from explicit_signals
    union all
    select
        leads.lead_id,
        1 as span_number,
        least(leads.created_at, coalesce(first_signals.signal_at, leads.created_at)) as signal_at,
        -1 as is_explicit,
        cast(null as varchar) as signal_id,
        {{ stage_number(first_stage()) }} as stage_number,
        'created' as basis,
        false as is_opening,
        cast(null as varchar) as actor_id,
        cast(null as varchar) as reason
    from leads
    left join first_signals on leads.lead_id = first_signals.lead_id
    where least(leads.created_at, coalesce(first_signals.signal_at, leads.created_at)) <= {{ as_of() }}
),

reaching as (
    select
        leads.lead_number,
        signals.signal_at,
        signals.is_explicit,
        signals.signal_id,
        signals.basis,
        signals.is_opening,
        signals.actor_id,
        signals.reason,
        cast(signals.span_number as bigint) * {{ reach_per_span() }} + stages.stage_number as reach
    from signals
    inner join leads on signals.lead_id = leads.lead_id
    inner join stages on signals.stage_number = stages.stage_number
),

-- Captured comes before all else of its instant, evidence before what is explicit. What was reached before says in
-- which span and stage the lead was.
compared as (
    select
        *,
        max(reach) over (
            partition by lead_number
            order by signal_at, is_explicit, signal_id, basis
            rows between unbounded preceding and 1 preceding
        ) as reach_before
    from reaching
),

-- Within a span the stage is a running maximum; a signal for the stage that the lead is in moves nothing.
moved as (
    select
        *,
        reach % {{ reach_per_span() }} as to_number,
        reach_before % {{ reach_per_span() }} as from_number
    from compared
    where
        reach_before is null
        or (reach > reach_before and reach % {{ reach_per_span() }} <> reach_before % {{ reach_per_span() }})
),

directed as (
    select
        moved.*,
        from_stages.stage as from_stage,
        to_stages.stage as to_stage,
        {{ local_date('moved.signal_at') }} as entered_on,
        case
            when moved.from_number is null then 'entry'
            when not to_stages.is_success then 'detour'
            when from_stages.is_recyclable then 'reentry'
            when from_stages.stage = {{ lost_stage() }} and moved.is_opening then 'reentry'
            when from_stages.is_closed then 'reopen'
            when to_stages.stage = from_stages.next_stage then 'forward'
            when from_stages.is_success and to_stages.stage_number > from_stages.stage_number then 'skip'
            else 'backward'
        end as direction
    from moved
    inner join stages as to_stages on moved.to_number = to_stages.stage_number
    left join stages as from_stages on moved.from_number = from_stages.stage_number
),

sequenced as (
    select
        *,
        row_number() over in_order as transition_number,
        1 + sum(case when direction = 'reentry' then 1 else 0 end) over in_order as cycle_number,
        lead(signal_at) over in_order as exited_at,
        lead(entered_on) over in_order as exited_on,
        lead(direction) over in_order as exit_direction
    from directed
    window in_order as (partition by lead_number order by reach)
),

transitions as (
    select
        leads.lead_id,
        cast(sequenced.transition_number as integer) as transition_number,
        cast(sequenced.cycle_number as integer) as cycle_number,
        sequenced.from_stage,
        sequenced.to_stage,
        sequenced.signal_at as entered_at,
        sequenced.exited_at,
        sequenced.entered_on,
        sequenced.exited_on,
        cast({{ microseconds_between('sequenced.signal_at', 'sequenced.exited_at') }} as double) / 1000000
            as seconds_in_stage,
        sequenced.direction,
        sequenced.exit_direction,
        sequenced.basis,
        sequenced.signal_id as source_id,
        coalesce(sequenced.actor_id, leads.owner_id) as actor_id,
        sequenced.reason,
        leads.segment,
        leads.lead_source
    from sequenced
    inner join leads on sequenced.lead_number = leads.lead_number
)

select * from transitions
