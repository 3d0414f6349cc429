{{ per_lead() }}

-- Several leads may name one opportunity: all that is said of it counts, whoever of them was touched.
with activities as (
    select * from {{ whole('int_opportunity_activities') }}
),

touched_opportunities as (
    select distinct opportunity_id
    from {{ touched('int_opportunity_activities') }}
),

-- A contract closes the opportunity that it names, whichever lead its customer is.
signatures as (
    select * from {{ whole('int_contracts_attached') }}
    where closes_opportunity
),

events as (
    select
        activities.opportunity_id,
        activities.activity_id as event_id,
        activities.activity_type as event_type,
        activities.occurred_at,
        activities.lead_id as naming_lead_id,
        activities.actor_id,
        activities.phase as told_phase,
        activities.reason,
        activities.amount,
        activities.expected_close_on
    from activities
    inner join touched_opportunities on activities.opportunity_id = touched_opportunities.opportunity_id
    union all
    select
        signatures.opportunity_id,
        signatures.contract_id as event_id,
        'signature' as event_type,
        signatures.signed_at as occurred_at,
        null as naming_lead_id,
        null as actor_id,
        null as told_phase,
        null as reason,
        null as amount,
        null as expected_close_on
    from signatures
    inner join touched_opportunities on signatures.opportunity_id = touched_opportunities.opportunity_id
),

states as (
    {{ opportunity_states('events', ['opportunity_id']) }}
),

known as (
    select
        {{ first_known('naming_lead_id') }} over (
            partition by opportunity_id
            order by event_number
            rows between unbounded preceding and unbounded following
        ) as lead_id,
        opportunity_id,
        event_number,
        event_id,
        event_type,
        occurred_at,
        actor_id,
        reason,
        amount,
        expected_close_on,
        status,
        status_before,
        phase,
        phase_before,
        {{ last_known('expected_close_on') }} over (
            partition by opportunity_id
            order by event_number
            rows between unbounded preceding and 1 preceding
        ) as close_expected_before
    from states
)

select * from known
