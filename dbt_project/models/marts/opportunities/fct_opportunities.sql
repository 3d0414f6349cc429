with opportunities as (
    select * from {{ ref('int_opportunities_until_closed') }}
),

phase_stays as (
    select * from {{ ref('fct_opportunity_phases') }}
),

-- Stays that took no time say nothing of how long a phase takes.
timed_stays as (
    select
        segment,
        phase,
        exited_at is not null as has_ended,
        {{ microseconds_between('entered_at', 'coalesce(exited_at, ' ~ as_of() ~ ')') }} as microseconds
    from phase_stays
    where exited_at is null or exited_at > entered_at
),

stays_by_length as (
    select
        segment,
        phase,
        microseconds,
        count(case when has_ended then 1 end) as exits,
        count(case when not has_ended then 1 end) as censored
    from timed_stays
    group by segment, phase, microseconds
),

paces as (
    select * from {{ kaplan_meier('stays_by_length', ['segment', 'phase'], 'microseconds') }} as quartiles
),

timed as (
    select
        opportunities.*,
        {{ microseconds_between('opportunities.created_at', 'coalesce(opportunities.closed_at, ' ~ as_of() ~ ')') }}
            as microseconds_open,
        {{ microseconds_between(
            'greatest(opportunities.created_at, coalesce(opportunities.last_buyer_act_at, opportunities.created_at))',
            as_of()
        ) }} as silent_microseconds,
        paces.p75_microseconds
    from opportunities
    left join paces on opportunities.segment = paces.segment and opportunities.current_phase = paces.phase
),

followed as (
    select
        opportunity_id,
        lead_id,
        created_at,
        created_by,
        owner_id,
        segment,
        lead_source,
        motion,
        cycle_number,
        opportunity_type,
        current_phase,
        max_phase,
        evidenced_phase,
        phase_inflation,
        amount,
        amount_at_close,
        expected_close_on,
        push_count,
        status,
        closed_at,
        lost_reason,
        is_no_decision,
        is_excluded,
        cast(microseconds_open as double) / 86400000000 as days_open,
        last_buyer_act_at,
        last_buyer_act_id,
        status = {{ open_status() }}
        and coalesce(silent_microseconds >= 2 * p75_microseconds, false) as is_stalled
    from timed
)

select * from followed
