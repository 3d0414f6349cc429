{{ per_lead() }}

with opportunities as (
    select * from {{ touched('int_opportunity_outcomes') }}
),

contexts as (
    select * from {{ touched('int_opportunity_contexts') }}
),

-- Other leads than the opportunity's own may have acted on it.
evidence as (
    select * from {{ whole('int_opportunity_evidence') }}
),

stage_criteria as (
    select * from {{ ref('stage_criteria') }}
),

stages as (
    select * from {{ ref('int_stages_numbered') }}
    where is_phase
),

lost_reasons as (
    select * from {{ ref('lost_reasons') }}
),

phases as (
    select
        stage,
        row_number() over (order by stage_number) as phase_number
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

evidence_of_them as (
    select evidence.*
    from evidence
    inner join opportunities on evidence.opportunity_id = opportunities.opportunity_id
),

last_buyer_acts as (
    select
        opportunity_id,
        max(last_buyer_act_at) as last_buyer_act_at,
        {{ latest('last_buyer_act_id', 'last_buyer_act_at', 'last_buyer_act_id') }}
        filter (where last_buyer_act_at is not null) as last_buyer_act_id
    from evidence_of_them
    group by opportunity_id
),

proved as (
    select distinct
        opportunity_id,
        proved_phase
    from evidence_of_them
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

judged as (
    select
        opportunities.opportunity_id,
        opportunities.lead_id,
        opportunities.created_at,
        coalesce(opportunities.created_by, contexts.lead_owner_id) as created_by,
        coalesce(opportunities.owner_id, contexts.lead_owner_id) as owner_id,
        contexts.segment,
        contexts.lead_source,
        contexts.motion,
        contexts.cycle_number,
        contexts.opportunity_type,
        opportunities.current_phase,
        opportunities.max_phase,
        evidenced.evidenced_phase,
        cast(phases.phase_number - coalesce(evidenced.evidenced_number, 0) as integer) as phase_inflation,
        opportunities.amount,
        opportunities.amount_at_close,
        opportunities.expected_close_on,
        opportunities.push_count,
        opportunities.status,
        opportunities.closed_at,
        opportunities.lost_reason,
        coalesce(lost_reasons.is_no_decision, left(opportunities.lost_reason, 11) = 'no_decision', false)
            as is_no_decision,
        coalesce(lost_reasons.is_excluded, false) as is_excluded,
        last_buyer_acts.last_buyer_act_at,
        last_buyer_acts.last_buyer_act_id
    from opportunities
    inner join contexts on opportunities.opportunity_id = contexts.opportunity_id
    inner join phases on opportunities.current_phase = phases.stage
    left join evidenced on opportunities.opportunity_id = evidenced.opportunity_id
    left join last_buyer_acts on opportunities.opportunity_id = last_buyer_acts.opportunity_id
    left join lost_reasons on opportunities.lost_reason = lost_reasons.reason
)

select * from judged
