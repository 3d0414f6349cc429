{{ per_lead() }}

with activities as (
    select * from {{ touched('int_activities_attached') }}
    where opportunity_id is not null
),

-- A contract closes the opportunity that it names, whichever lead its customer is.
contracts as (
    select * from {{ whole('int_contracts_attached') }}
    where opportunity_id is not null
),

moves as (
    select
        lead_id,
        opportunity_id,
        occurred_at as moved_at,
        activity_id as move_id,
        activity_type as move,
        case when activity_type = 'opportunity_phase_changed' then stage end as phase,
        actor_id,
        reason
    from activities
    where
        activity_type in (
            'opportunity_created', 'opportunity_phase_changed',
            'opportunity_won', 'opportunity_lost', 'opportunity_reopened'
        )
),

pairs as (
    select distinct
        lead_id,
        opportunity_id
    from moves
),

signatures as (
    select
        *,
        row_number() over (partition by opportunity_id order by signed_at, contract_id) as signature_number
    from contracts
),

moves_and_signatures as (
    select * from moves
    union all
    select
        pairs.lead_id,
        pairs.opportunity_id,
        signatures.signed_at as moved_at,
        signatures.contract_id as move_id,
        'signature' as move,
        null as phase,
        null as actor_id,
        null as reason
    from pairs
    inner join signatures
        on pairs.opportunity_id = signatures.opportunity_id and signatures.signature_number = 1
),

-- What closes it closes it even before it was opened; what creates it opens it only if nothing was said of it before.
decided as (
    select
        *,
        case
            when move in ('opportunity_won', 'opportunity_lost', 'signature') then 0
            when move = 'opportunity_reopened' then 1
        end as opened_or_closed,
        case
            when move = 'opportunity_won' then 1
            when move in ('opportunity_lost', 'opportunity_reopened') then 0
        end as stands_or_falls
    from moves_and_signatures
),

known as (
    select
        *,
        {{ last_known('opened_or_closed') }} over so_far as decision,
        {{ last_known('opened_or_closed') }} over before_it as previous_decision,
        coalesce({{ last_known('stands_or_falls') }} over so_far, 0) as stands_won,
        coalesce({{ last_known('stands_or_falls') }} over before_it, 0) as stood_won,
        {{ last_known('phase') }} over so_far as phase_reported,
        row_number() over (
            partition by lead_id, opportunity_id
            order by moved_at, move_id, move
        ) as move_number
    from decided
    window
        so_far as (
            partition by lead_id, opportunity_id
            order by moved_at, move_id, move
            rows between unbounded preceding and current row
        ),
        before_it as (
            partition by lead_id, opportunity_id
            order by moved_at, move_id, move
            rows between unbounded preceding and 1 preceding
        )
),

opened as (
    select
        *,
        coalesce(decision, 1) as is_open,
        case when move_number = 1 then 0 else coalesce(previous_decision, 1) end as was_open,
        coalesce(previous_decision = 0, false) as was_closed,
        move = 'opportunity_created' and move_number = 1 as is_opening
    from known
),

counted as (
    select
        *,
        sum(is_open - was_open) over (
            partition by lead_id
            order by moved_at, move_id, move, opportunity_id
            rows between unbounded preceding and current row
        ) as open_opportunity_count,
        sum(stands_won - stood_won) over (
            partition by lead_id
            order by moved_at, move_id, move, opportunity_id
            rows between unbounded preceding and current row
        ) as won_opportunity_count,
        row_number()
            over (partition by lead_id order by moved_at desc, move_id desc, move desc, opportunity_id desc)
            as latest_number
    from opened
),

tracked as (
    select
        lead_id,
        opportunity_id,
        moved_at,
        move_id,
        move,
        actor_id,
        reason,
        was_closed,
        is_opening,
        coalesce(phase_reported, {{ first_phase() }}) as phase,
        cast(open_opportunity_count as integer) as open_opportunity_count,
        cast(won_opportunity_count as integer) as won_opportunity_count,
        latest_number = 1 as is_latest
    from counted
)

select * from tracked
