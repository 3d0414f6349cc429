{% if model.resource_type == 'model' -%}
-- depends_on: {{ ref('int_transitions_replaced') }}
{%- endif %}
-- What the touched leads added before is taken out of the last night's sums, and what they add now is put in.
with transitions as (
    select
        from_stage,
        to_stage,
        entered_at,
        exited_at,
        direction,
        segment,
        lead_source,
        1 as times
    from {{ touched('fct_stage_transitions') }}
    {% if is_increment() -%}
    union all
    select
        from_stage,
        to_stage,
        entered_at,
        exited_at,
        direction,
        segment,
        lead_source,
        -1 as times
    from {{ ref('int_transitions_replaced') }}
    {%- endif %}
),

lead_sources as (
    select * from {{ ref('lead_sources') }}
),

sliced as (
    select
        transitions.from_stage,
        transitions.to_stage,
        transitions.direction,
        transitions.segment,
        transitions.times,
        {{ source_slice('transitions.lead_source', 'lead_sources.lead_source') }} as lead_source,
        {{ local_date('transitions.entered_at') }} as entered_on,
        {{ local_date('transitions.exited_at') }} as exited_on,
        {{ microseconds_between('transitions.entered_at', 'transitions.exited_at') }} as microseconds
    from transitions
    left join lead_sources on transitions.lead_source = lead_sources.lead_source
),

moves as (
    select
        entered_on,
        from_stage,
        to_stage,
        direction,
        segment,
        lead_source,
        sum(times) as moves
    from sliced
    group by entered_on, from_stage, to_stage, direction, segment, lead_source
),

-- An entry into one stage is the exit from the one before; how long a stay took is known on its own row.
flows as (
    select
        entered_on as date_day,
        to_stage as stage,
        segment,
        lead_source,
        moves as entered,
        0 as exited,
        0 as advanced,
        0 as detoured,
        0 as regressed,
        0 as microseconds
    from moves
    union all
    select
        entered_on as date_day,
        from_stage as stage,
        segment,
        lead_source,
        0 as entered,
        moves as exited,
        case when direction in ({{ advances() }}) then moves else 0 end as advanced,
        case when direction = 'detour' then moves else 0 end as detoured,
        case when direction = 'backward' then moves else 0 end as regressed,
        0 as microseconds
    from moves
    where from_stage is not null
    union all
    select
        exited_on as date_day,
        to_stage as stage,
        segment,
        lead_source,
        0 as entered,
        0 as exited,
        0 as advanced,
        0 as detoured,
        0 as regressed,
        sum(times * microseconds) as microseconds
    from sliced
    where exited_on is not null
    group by exited_on, to_stage, segment, lead_source
    {% if is_increment() -%}
    union all
    select
        date_day,
        stage,
        segment,
        lead_source,
        entered,
        exited,
        advanced,
        detoured,
        regressed,
        microseconds
    from {{ this }}
    {%- endif %}
),

summed as (
    select
        date_day,
        stage,
        segment,
        lead_source,
        cast(sum(entered) as bigint) as entered,
        cast(sum(exited) as bigint) as exited,
        cast(sum(advanced) as bigint) as advanced,
        cast(sum(detoured) as bigint) as detoured,
        cast(sum(regressed) as bigint) as regressed,
        cast(sum(microseconds) as {{ type_wide_integer() }}) as microseconds
    from flows
    group by date_day, stage, segment, lead_source
    having sum(entered) <> 0 or sum(exited) <> 0
)

select * from summed
