{{ per_lead() }}

-- Several leads may name one opportunity: all that is said of it counts, whoever of them was touched.
with recorded as (
    select * from {{ whole('int_opportunity_activities') }}
),

touched_opportunities as (
    select distinct opportunity_id
    from {{ touched('int_opportunity_activities') }}
),

-- A contract closes the opportunity that it names, whichever lead its customer is.
contracts as (
    select * from {{ whole('int_contracts_attached') }}
    where opportunity_id is not null
),

signatures as (
    select
        contracts.opportunity_id,
        contracts.contract_id,
        contracts.signed_at,
        row_number() over (
            partition by contracts.opportunity_id
            order by contracts.signed_at, contracts.contract_id
        ) as signature_number
    from contracts
    inner join touched_opportunities on contracts.opportunity_id = touched_opportunities.opportunity_id
),

events as (
    select
        recorded.opportunity_id,
        recorded.activity_id as event_id,
        recorded.activity_type as event_type,
        recorded.occurred_at,
        recorded.lead_id as naming_lead_id,
        recorded.actor_id,
        recorded.phase as new_phase,
        recorded.reason,
        recorded.amount,
        recorded.expected_close_on
    from recorded
    inner join touched_opportunities on recorded.opportunity_id = touched_opportunities.opportunity_id
    union all
    select
        opportunity_id,
        contract_id as event_id,
        'signature' as event_type,
        signed_at as occurred_at,
        null as naming_lead_id,
        null as actor_id,
        null as new_phase,
        null as reason,
        null as amount,
        null as expected_close_on
    from signatures
    where signature_number = 1
),

decided as (
    select
        *,
        case event_type
            when 'opportunity_won' then {{ won_status() }}
            when 'signature' then {{ won_status() }}
            when 'opportunity_lost' then {{ lost_status() }}
            when 'opportunity_reopened' then {{ open_status() }}
        end as new_status
    from events
),

known as (
    select
        {{ first_known('naming_lead_id') }} over (
            partition by opportunity_id
            order by occurred_at, event_id, event_type
            rows between unbounded preceding and unbounded following
        ) as lead_id,
        opportunity_id,
        cast(row_number() over (
            partition by opportunity_id
            order by occurred_at, event_id, event_type
        ) as integer) as event_number,
        event_id,
        event_type,
        occurred_at,
        actor_id,
        reason,
        amount,
        expected_close_on,
        coalesce({{ last_known('new_status') }} over so_far, {{ open_status() }}) as status,
        coalesce({{ last_known('new_status') }} over before_it, {{ open_status() }}) as status_before,
        coalesce({{ last_known('new_phase') }} over so_far, {{ first_phase() }}) as phase,
        coalesce({{ last_known('new_phase') }} over before_it, {{ first_phase() }}) as phase_before,
        {{ last_known('expected_close_on') }} over before_it as close_expected_before
    from decided
    window
        so_far as (
            partition by opportunity_id
            order by occurred_at, event_id, event_type
            rows between unbounded preceding and current row
        ),
        before_it as (
            partition by opportunity_id
            order by occurred_at, event_id, event_type
            rows between unbounded preceding and 1 preceding
        )
)

select * from known
