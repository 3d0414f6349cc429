-- An explicit signal opens a segment of a lead's life; the first one begins with the lead itself.
create temp table markers as
with closings as (
    select
        moves.lead_row,
        moves.moved_at,
        moves.move_id,
        stages.stage_code,
        moves.actor_id,
        moves.reason,
        moves.won_opportunity_count
    from opportunity_moves as moves
    inner join stages on stages.stage = case when moves.move = 'opportunity_lost' then 'lost' else moves.phase end
    where
        (moves.move = 'opportunity_lost' and moves.open_opportunity_count = 0)
        or (moves.move = 'opportunity_reopened' and moves.open_opportunity_count = 1 and moves.was_closed)
),
closings_and_islands as (
    select
        closings.lead_row,
        closings.move_id,
        bool_or(is_covered_at(
            islands.starts_at, islands.first_signed_at, islands.uncovered_at, islands.is_overdue, closings.moved_at
        )) as is_of_customer,
        bool_or(closings.moved_at >= islands.starts_at) as is_after_coverage
    from closings
    inner join islands on closings.lead_row = islands.lead_row
    group by closings.lead_row, closings.move_id
),
signals as (
    select
        reports.lead_row,
        reports.occurred_at as signal_at,
        reports.activity_id as signal_id,
        stages.stage_code,
        'reported' as basis,
        reports.actor_id,
        reports.reason
    from reports
    inner join stages
        on stages.stage = case reports.activity_type
            when 'stage_changed' then reports.stage
            when 'disqualified' then 'disqualified'
            when 'recycled' then 'recycled'
        end
    union all
    select
        closings.lead_row,
        closings.moved_at as signal_at,
        closings.move_id as signal_id,
        closings.stage_code,
        'opportunity' as basis,
        closings.actor_id,
        closings.reason
    from closings
    left join closings_and_islands
        on closings.lead_row = closings_and_islands.lead_row and closings.move_id = closings_and_islands.move_id
    where
        not coalesce(closings_and_islands.is_of_customer, false)
        and (closings.won_opportunity_count = 0 or closings_and_islands.is_after_coverage)
    union all
    select
        lead_row,
        greatest(uncovered_at, last_signed_at) as signal_at,
        last_contract_id as signal_id,
        getvariable('churned_code') as stage_code,
        'coverage' as basis,
        null as actor_id,
        last_cancel_reason as reason
    from islands
    where lead_row is not null and has_ended
)
select
    *,
    cast(row_number() over (partition by lead_row order by signal_at, signal_id, basis) as integer) as segment_number
from signals;

create temp table segments as
with openings as (
    select lead_row, segment_number, signal_at, stage_code from markers
    union all
    select distinct
        lead_row,
        0 as segment_number,
        timestamptz '-infinity' as signal_at,
        getvariable('captured_code') as stage_code
    from markers
)
select
    openings.lead_row,
    openings.segment_number,
    openings.signal_at as from_at,
    coalesce(
        lead(openings.signal_at) over (partition by openings.lead_row order by openings.segment_number),
        timestamptz 'infinity'
    ) as to_at,
    openings.stage_code,
    stages.is_closed
from openings
inner join stages on openings.stage_code = stages.stage_code;
