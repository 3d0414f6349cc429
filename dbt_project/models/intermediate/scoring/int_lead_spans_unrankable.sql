{{ per_lead() }}

with transitions as (
    select * from {{ touched('fct_stage_transitions') }}
),

contracts as (
    select * from {{ touched('int_contracts_attached') }}
    where is_covering
),

opportunity_moves as (
    select * from {{ touched('int_opportunity_moves_by_lead') }}
),

mentions as (
    select * from {{ touched('int_lead_opportunities') }}
),

-- Whose opportunity it is decides nothing: whoever it is named by is in talks while it is open.
opportunity_events as (
    select * from {{ whole('int_opportunity_events') }}
    where event_number = 1 or status <> status_before
),

disqualified as (
    select
        lead_id,
        entered_at as stands_from,
        exited_at as stands_until
    from transitions
    where to_stage = {{ disqualified_stage() }}
),

mentioned_events as (
    select
        mentions.lead_id,
        mentions.named_at,
        opportunity_events.status,
        opportunity_events.occurred_at as stands_from,
        lead(opportunity_events.occurred_at) over (
            partition by mentions.lead_id, opportunity_events.opportunity_id
            order by opportunity_events.event_number
        ) as stands_until
    from mentions
    inner join opportunity_events on mentions.opportunity_id = opportunity_events.opportunity_id
),

in_talks as (
    select
        lead_id,
        greatest(stands_from, named_at) as stands_from,
        stands_until
    from mentioned_events
    where status = {{ open_status() }}
),

won_spans as (
    select
        lead_id,
        won_opportunity_count,
        moved_at as stands_from,
        lead(moved_at) over (
            partition by lead_id
            order by moved_at, move_id, move, opportunity_id
        ) as stands_until
    from opportunity_moves
    where
        lead_id in (
            select winners.lead_id
            from opportunity_moves as winners
            where winners.won_opportunity_count > 0
        )
),

first_covered as (
    select
        lead_id,
        min(greatest(attached_at, {{ local_midnight('starts_on') }})) as covered_from
    from contracts
    group by lead_id
),

-- Who stands won is a customer until a coverage of the lead has begun.
standing_won as (
    select
        won_spans.lead_id,
        won_spans.stands_from,
        least(won_spans.stands_until, first_covered.covered_from) as stands_until
    from won_spans
    left join first_covered on won_spans.lead_id = first_covered.lead_id
    where won_spans.won_opportunity_count > 0
),

spans as (
    select * from disqualified
    union all
    select * from in_talks
    union all
    select * from standing_won
)

select * from spans
