with opportunities as (
    select * from {{ ref('fct_opportunities') }}
    where status = {{ open_status() }}
),

phase_stays as (
    select * from {{ ref('fct_opportunity_phases') }}
    where exited_at is null
),

first_events as (
    select * from {{ ref('int_opportunity_events') }}
    where event_number = 1
),

deadlines as (
    select * from {{ ref('int_opportunity_deadlines') }}
),

phases as (
    select
        stage,
        row_number() over (order by stage_number) as phase_number
    from {{ ref('int_stages_numbered') }}
    where is_phase
),

first_criteria as (
    select * from {{ ref('int_first_criteria') }}
),

-- A phase without criteria lacks nothing.
lacked as (
    select
        opportunities.opportunity_id,
        phases.stage,
        first_criteria.missing_criterion,
        row_number() over (partition by opportunities.opportunity_id order by phases.phase_number) as lack_number
    from opportunities
    inner join phases as current_phases on opportunities.current_phase = current_phases.stage
    left join phases as evidenced_phases on opportunities.evidenced_phase = evidenced_phases.stage
    inner join phases
        on
            current_phases.phase_number >= phases.phase_number
            and coalesce(evidenced_phases.phase_number, 0) < phases.phase_number
    inner join first_criteria on phases.stage = first_criteria.stage
    where opportunities.phase_inflation > 0
),

actionable as (
    select
        'opportunity' as record_type,
        opportunities.opportunity_id as record_id,
        opportunities.lead_id,
        opportunities.opportunity_id,
        cast(null as varchar) as customer_id,
        opportunities.current_phase as stage,
        opportunities.segment,
        opportunities.owner_id,
        cast(null as decimal(18, 2)) as value_amount,
        phase_stays.entered_at as stage_entered_at,
        phase_stays.source_id as stage_source_id,
        opportunities.last_buyer_act_at,
        deadlines.due_at as sla_due_at,
        cast(null as date) as renewal_due_on,
        cast(null as varchar) as renewal_contract_id,
        lacked.stage as lacking_stage,
        lacked.missing_criterion,
        opportunities.is_stalled,
        cast(null as timestamptz) as recycling_from,
        cast(null as varchar) as recycling_evidence_id,
        greatest(
            opportunities.created_at, coalesce(opportunities.last_buyer_act_at, opportunities.created_at)
        ) as score_from,
        coalesce(opportunities.last_buyer_act_id, first_events.event_id) as score_evidence_id,
        {{ action_draw("'opportunity'", 'opportunities.opportunity_id') }} as drawn
    from opportunities
    inner join phase_stays on opportunities.opportunity_id = phase_stays.opportunity_id
    inner join first_events on opportunities.opportunity_id = first_events.opportunity_id
    left join deadlines on opportunities.opportunity_id = deadlines.opportunity_id
    left join lacked on opportunities.opportunity_id = lacked.opportunity_id and lacked.lack_number = 1
)

select * from actionable
