{{ config(materialized='incremental', incremental_strategy='touched_leads', on_schema_change='fail') }}

{% if model.resource_type == 'model' -%}
-- depends_on: {{ ref('int_transitions_replaced') }}
{%- endif %}
with leads as (
    select * from {{ ref('int_leads_merged') }}
    where {{ is_touched('lead_id') }}
),

profiles as (
    select * from {{ ref('int_leads_profiled') }}
    where profile = 'current'
),

stages as (
    select * from {{ ref('int_stages_coded') }}
),

explicit_signals as (
    select
        *,
        row_number() over in_order as segment_number,
        lead(signal_at) over in_order as closes_at
    from {{ ref('int_lead_signals') }}
    where is_explicit <> 0
    window in_order as (partition by lead_id order by signal_at, signal_id, basis)
),

-- Evidence counts in the segment that the last explicit signal before it opened. In an open segment only the first
-- evidence of each stage can move the lead, so that few of all signals need to be put in order.
evidence as (
    select
        evidence.lead_id,
        evidence.stage_code,
        min({{ struct_of({
            'signal_at': 'evidence.signal_at',
            'signal_id': 'evidence.signal_id',
            'basis': 'evidence.basis',
            'is_strong': 'evidence.is_strong',
            'actor_id': 'evidence.actor_id',
            'reason': 'evidence.reason',
        }) }}) as first_signal
    from {{ ref('int_lead_signals') }} as evidence
    left join explicit_signals
        on
            evidence.lead_id = explicit_signals.lead_id
            and evidence.signal_at > explicit_signals.signal_at
            and evidence.signal_at <= coalesce(explicit_signals.closes_at, evidence.signal_at)
    left join stages on explicit_signals.stage_code = stages.stage_code
    where evidence.is_explicit = 0
    group by
        evidence.lead_id,
        evidence.stage_code,
        explicit_signals.segment_number,
        case when stages.is_closed then evidence.signal_at end,
        case when stages.is_closed then evidence.signal_id end
),

signals as (
    select
        evidence.lead_id,
        evidence.first_signal.signal_at,
        0 as is_explicit,
        evidence.first_signal.signal_id,
        evidence.stage_code,
        evidence.first_signal.is_strong,
        evidence.first_signal.basis,
        evidence.first_signal.actor_id,
        evidence.first_signal.reason
    from evidence
    union all
    select
        lead_id,
        signal_at,
        is_explicit,
        signal_id,
        stage_code,
        is_strong,
        basis,
        actor_id,
        reason
    from explicit_signals
),

first_signals as (
    select
        lead_id,
        min(signal_at) as first_signal_at
    from signals
    group by lead_id
),

captures as (
    select
        leads.lead_id,
        least(leads.created_at, coalesce(first_signals.first_signal_at, leads.created_at)) as signal_at,
        -1 as is_explicit,
        cast(null as varchar) as signal_id,
        {{ stage_code(first_stage()) }} as stage_code,
        false as is_strong,
        'created' as basis,
        cast(null as varchar) as actor_id,
        cast(null as varchar) as reason,
        leads.owner_id,
        leads.lead_source,
        profiles.segment
    from leads
    inner join profiles on leads.lead_id = profiles.lead_id
    left join first_signals on leads.lead_id = first_signals.lead_id
),

-- Captured comes before all else of its instant, evidence before what is explicit. An explicit signal opens a segment,
-- and what it says of the lead decides whether evidence counts at once or only from the first signature on.
segmented as (
    select
        *,
        is_explicit <> 0 as opens_segment,
        row_number() over so_far as signal_number,
        sum(abs(is_explicit)) over so_far as segment_number,
        {{ last_known('case when is_explicit <> 0 then stage_code end') }} over so_far as segment_code,
        {{ last_known('case when is_explicit <> 0 then false when is_strong then true end') }} over so_far as is_signed
    from (
        select * from captures
        where signal_at <= {{ as_of() }}
        union all
        select
            *,
            cast(null as varchar) as owner_id,
            cast(null as varchar) as lead_source,
            cast(null as varchar) as segment
        from signals
    ) as all_signals
    window
        so_far as (
            partition by lead_id
            order by signal_at, is_explicit, signal_id, basis
            rows between unbounded preceding and current row
        )
),

weighed as (
    select
        segmented.*,
        case
            when segmented.opens_segment then greatest(segmented.stage_code, stages.first_rank)
            when not stages.is_closed or segmented.is_signed then segmented.stage_code
        end as reached_code
    from segmented
    inner join stages on segmented.segment_code = stages.stage_code
),

compared as (
    select
        *,
        max(reached_code) over (
            partition by lead_id, segment_number
            order by signal_number
            rows between unbounded preceding and 1 preceding
        ) as reached_before
    from weighed
),

-- Within a segment the stage is a running maximum; a signal for the stage that the lead is in moves nothing.
moved as (
    select
        *,
        lag(stage_code) over (partition by lead_id order by signal_number) as from_code
    from compared
    where opens_segment or reached_code > reached_before
),

changed as (
    select
        moved.*,
        from_stages.stage as from_stage,
        from_stages.is_recyclable and to_stages.is_success as is_reentry,
        to_stages.stage as to_stage,
        {{ local_date('moved.signal_at') }} as entered_on,
        case
            when moved.from_code is null then 'entry'
            when not to_stages.is_success then 'detour'
            when from_stages.is_recyclable then 'reentry'
            when from_stages.is_closed then 'reopen'
            when to_stages.success_position = from_stages.success_position + 1 then 'forward'
            when to_stages.success_position > from_stages.success_position then 'skip'
            else 'backward'
        end as direction
    from moved
    inner join stages as to_stages on moved.stage_code = to_stages.stage_code
    left join stages as from_stages on moved.from_code = from_stages.stage_code
    where moved.from_code is null or moved.from_code <> moved.stage_code
),

-- What is known of the lead stands with its capture, the first of its moves: no join of all moves with all leads.
sequenced as (
    select
        *,
        row_number() over in_order as transition_number,
        {{ first_known('owner_id') }} over in_order as lead_owner_id,
        {{ first_known('segment') }} over in_order as lead_segment,
        {{ first_known('lead_source') }} over in_order as source_of_lead,
        1 + sum(case when is_reentry then 1 else 0 end) over in_order as cycle_number,
        lead(signal_at) over in_order as exited_at,
        lead(entered_on) over in_order as exited_on,
        lead(direction) over in_order as exit_direction
    from changed
    window in_order as (partition by lead_id order by signal_number)
),

transitions as (
    select
        lead_id,
        cast(transition_number as integer) as transition_number,
        cast(cycle_number as integer) as cycle_number,
        from_stage,
        to_stage,
        signal_at as entered_at,
        exited_at,
        entered_on,
        exited_on,
        cast({{ microseconds_between('signal_at', 'exited_at') }} as double) / 1000000
            as seconds_in_stage,
        direction,
        exit_direction,
        basis,
        signal_id as source_id,
        coalesce(actor_id, lead_owner_id) as actor_id,
        reason,
        lead_segment as segment,
        source_of_lead as lead_source
    from sequenced
)

select * from transitions
