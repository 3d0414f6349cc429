with scores as (
    select * from {{ ref('fct_lead_scores') }}
),

refreshes as (
    select * from {{ ref('fct_refreshes') }}
),

survivors as (
    select * from {{ ref('int_lead_survivors') }}
    where not is_erased
),

-- What a clock that was ahead scored is no past of this refresh.
logged as (
    select * from {{ source('ops', 'lead_score_history') }}
    where refresh_id <> {{ refresh_fact('refresh_id') }} and scored_at <= {{ started_at() }}
),

-- With --known-at the log is that of the nights whose clocks were not ahead of this one's.
known as (
    select logged.*
    from logged
    inner join survivors on logged.lead_id = survivors.lead_id
    left join refreshes on logged.refresh_id = refreshes.refresh_id
    where
        {{ known_at() }} is null
        or (refreshes.as_of <= {{ as_of() }} and {{ is_known('refreshes.known_at') }})
),

last_scored as (
    select
        lead_id,
        max(scored_at) as scored_at
    from known
    group by lead_id
),

last_rows as (
    select
        known.lead_id,
        known.combined_grade,
        known.score_kind,
        known.model_version
    from known
    inner join last_scored on known.lead_id = last_scored.lead_id and known.scored_at = last_scored.scored_at
),

-- The log only grows at its end.
turns as (
    select {{ known_at() }} is null and coalesce(max(scored_at) < {{ as_of() }}, true) as is_written
    from last_scored
),

changed as (
    select scores.*
    from scores
    inner join turns on turns.is_written
    left join last_rows on scores.lead_id = last_rows.lead_id
    where
        last_rows.lead_id is null
        or scores.combined_grade <> last_rows.combined_grade
        or scores.score_kind <> last_rows.score_kind
        or scores.model_version <> last_rows.model_version
),

history as (
    select
        lead_id,
        scored_at,
        combined_grade,
        score_kind,
        model_version,
        opportunity_probability,
        score_rank,
        refresh_id
    from known
    union all
    select
        lead_id,
        scored_at,
        combined_grade,
        score_kind,
        model_version,
        opportunity_probability,
        score_rank,
        {{ refresh_fact('refresh_id') }} as refresh_id
    from changed
)

select * from history
