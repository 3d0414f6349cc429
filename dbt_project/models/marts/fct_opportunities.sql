with opportunities as (
    select * from {{ ref('int_opportunities_summed') }}
),

described as (
    select * from {{ ref('int_opportunities_described') }}
),

acts as (
    select * from {{ ref('int_opportunity_acts_summed') }}
),

phase_stays as (
    select * from {{ ref('fct_opportunity_phases') }}
),

stage_criteria as (
    select * from {{ ref('stage_criteria') }}
),

stages as (
    select * from {{ ref('int_stages_coded') }}
    where is_phase
),

lost_reasons as (
    select * from {{ ref('lost_reasons') }}
),

phases as (
    select
        stage,
        row_number() over (order by stage_code) as phase_number
    from stages
),

-- A phase without criteria is passed over.
provable_phases as (
    select
        stage,
        phase_number,
        row_number() over (order by phase_number) as place
    from phases
    where stage in (select stage_criteria.stage from stage_criteria)
),

proved as (
    select distinct
        opportunity_id,
        proved_phase
    from acts
    where proved_phase is not null
),

proved_in_turn as (
    select
        proved.opportunity_id,
        provable_phases.stage,
        provable_phases.phase_number,
        provable_phases.place,
        row_number() over (partition by proved.opportunity_id order by provable_phases.place) as proved_count
    from proved
    inner join provable_phases on proved.proved_phase = provable_phases.stage
),

evidenced as (
    select
        opportunity_id,
        max_by(stage, phase_number) as evidenced_phase,
        max(phase_number) as evidenced_number
    from proved_in_turn
    where place = proved_count
    group by opportunity_id
),

last_buyer_acts as (
    select
        opportunity_id,
        max(last_buyer_act_at) as last_buyer_act_at
    from acts
    group by opportunity_id
),

-- Stays that took no time say nothing of how long a phase takes.
stays_by_length as (
    select
        described.segment,
        phase_stays.phase,
        {{ microseconds_between('phase_stays.entered_at', 'coalesce(phase_stays.exited_at, ' ~ as_of() ~ ')') }}
            as microseconds,
        count(phase_stays.exited_at) as exits,
        count(*) - count(phase_stays.exited_at) as censored
    from phase_stays
    inner join described on phase_stays.opportunity_id = described.opportunity_id
    where phase_stays.exited_at is null or phase_stays.exited_at > phase_stays.entered_at
    group by
        described.segment,
        phase_stays.phase,
        {{ microseconds_between('phase_stays.entered_at', 'coalesce(phase_stays.exited_at, ' ~ as_of() ~ ')') }}
),

paces as (
    select * from {{ kaplan_meier('stays_by_length', ['segment', 'phase'], 'microseconds') }}
),

measured as (
    select
        opportunities.*,
        described.lead_owner_id,
        described.lead_source,
        described.motion,
        described.segment,
        described.cycle_number,
        described.opportunity_type,
        phases.phase_number,
        evidenced.evidenced_phase,
        coalesce(evidenced.evidenced_number, 0) as evidenced_number,
        opportunities.status = {{ lost_status() }} as is_lost,
        lost_reasons.is_no_decision,
        lost_reasons.is_excluded,
        last_buyer_acts.last_buyer_act_at,
        {{ microseconds_between(
            'greatest(opportunities.created_at, coalesce(last_buyer_acts.last_buyer_act_at, opportunities.created_at))',
            as_of()
        ) }} as silent_microseconds,
        paces.p75_microseconds
    from opportunities
    inner join described on opportunities.opportunity_id = described.opportunity_id
    inner join phases on opportunities.current_phase = phases.stage
    left join evidenced on opportunities.opportunity_id = evidenced.opportunity_id
    left join lost_reasons on opportunities.lost_reason = lost_reasons.reason
    left join last_buyer_acts on opportunities.opportunity_id = last_buyer_acts.opportunity_id
    left join paces on described.segment = paces.segment and opportunities.current_phase = paces.phase
),

followed as (
    select
        opportunity_id,
        lead_id,
        created_at,
        coalesce(created_by, lead_owner_id) as created_by,
        coalesce(owner_id, lead_owner_id) as owner_id,
        segment,
        lead_source,
        motion,
        cycle_number,
        opportunity_type,
        current_phase,
        max_phase,
        evidenced_phase,
        cast(phase_number - evidenced_number as integer) as phase_inflation,
        amount,
        amount_at_close,
        expected_close_on,
        push_count,
        status,
        closed_at,
        lost_reason,
        is_lost and coalesce(is_no_decision, left(lost_reason, 11) = 'no_decision', false) as is_no_decision,
        is_lost and coalesce(is_excluded, false) as is_excluded,
        cast({{ microseconds_between('created_at', 'coalesce(closed_at, ' ~ as_of() ~ ')') }} as double) / 86400000000
            as days_open,
        last_buyer_act_at,
        status = {{ open_status() }}
        and coalesce(silent_microseconds >= 2 * p75_microseconds, false) as is_stalled
    from measured
)

select * from followed
