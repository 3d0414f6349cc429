{{ per_lead() }}

with moves as (
    select * from {{ touched('int_opportunity_moves_by_lead') }}
),

coverage_periods as (
    select * from {{ touched('int_coverage_periods') }}
    where holder_type = 'lead'
),

first_coverage as (
    select
        holder_id as lead_id,
        min(starts_at) as covered_at
    from coverage_periods
    group by holder_id
),

stood as (
    select
        lead_id,
        moved_at,
        won_opportunity_count,
        lead(moved_at) over (
            partition by lead_id
            order by moved_at, move_id, move, opportunity_id
        ) as next_moved_at
    from moves
),

-- A win counts until coverage begins; what is overdue has no end yet.
spans as (
    select
        holder_id as lead_id,
        least(starts_at, first_signed_at) as begins_at,
        case when not is_overdue then uncovered_at end as ends_at
    from coverage_periods
    union all
    select
        stood.lead_id,
        stood.moved_at as begins_at,
        least(stood.next_moved_at, first_coverage.covered_at) as ends_at
    from stood
    left join first_coverage on stood.lead_id = first_coverage.lead_id
    where stood.won_opportunity_count > 0
),

lasting as (
    select
        *,
        max(coalesce(ends_at, timestamptz '9999-12-31 00:00:00+00')) over (
            partition by lead_id
            order by begins_at, ends_at nulls last
            rows between unbounded preceding and 1 preceding
        ) as ended_before
    from spans
    where ends_at is null or begins_at < ends_at
),

numbered as (
    select
        *,
        sum(case when begins_at <= ended_before then 0 else 1 end) over (
            partition by lead_id
            order by begins_at, ends_at nulls last
            rows between unbounded preceding and current row
        ) as span_number
    from lasting
),

merged as (
    select
        lead_id,
        min(begins_at) as begins_at,
        case when count(*) = count(ends_at) then max(ends_at) end as ends_at
    from numbered
    group by lead_id, span_number
)

select * from merged
