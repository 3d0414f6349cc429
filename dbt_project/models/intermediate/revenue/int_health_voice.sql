with scored as (
    select distinct
        lead_id,
        lead_number,
        scored_on,
        scored_at
    from {{ ref('int_customers_scored') }}
    where lead_number is not null
),

surveys as (
    select * from {{ ref('int_voice_acts') }}
    where activity_type = 'survey_answered' and score is not null
),

long_tickets as (
    select
        lead_id,
        {{ microseconds_after('opened_at', long_ticket_days() * 86400000000) }} as long_from,
        solved_at
    from {{ ref('int_tickets') }}
    where
        solved_at is null
        or solved_at > {{ microseconds_after('opened_at', long_ticket_days() * 86400000000) }}
),

heard as (
    select
        scored.lead_number,
        scored.scored_at,
        surveys.score,
        0 as long_ticket
    from scored
    inner join surveys
        on
            scored.lead_id = surveys.lead_id
            and scored.scored_at >= surveys.occurred_at
            and {{ days_after('scored.scored_on', -survey_days()) }} < surveys.occurred_on
    union all
    select
        scored.lead_number,
        scored.scored_at,
        null as score,
        1 as long_ticket
    from scored
    inner join long_tickets
        on
            scored.lead_id = long_tickets.lead_id
            and scored.scored_at > long_tickets.long_from
            and coalesce(scored.scored_at < long_tickets.solved_at, true)
),

summed as (
    select
        lead_number,
        scored_at,
        {{ ratio('sum(score)', 'count(score)') }} as mean_score,
        cast(sum(long_ticket) as integer) as long_tickets
    from heard
    group by lead_number, scored_at
)

select * from summed
