create temp table opportunity_moves as
with reported as (
    select * from reports
    where
        opportunity_id is not null
        and activity_type in (
            'opportunity_created', 'opportunity_phase_changed',
            'opportunity_won', 'opportunity_lost', 'opportunity_reopened'
        )
),
numbered_opportunities as (
    select lead_row, opportunity_id, cast(row_number() over () as integer) as pair_number
    from reported
    group by lead_row, opportunity_id
),
signatures as (
    select opportunity_id, min(struct_pack(signed_at := signed_at, contract_id := contract_id)) as first_signature
    from contracts
    where opportunity_id is not null
    group by opportunity_id
),
moves as (
    select
        pairs.pair_number,
        pairs.lead_row,
        pairs.opportunity_id,
        reports.occurred_at as moved_at,
        reports.activity_id as move_id,
        reports.activity_type as move,
        case when reports.activity_type = 'opportunity_phase_changed' then reports.stage end as phase,
        reports.actor_id,
        reports.reason,
        reports.activity_row
    from reported as reports
    inner join numbered_opportunities as pairs
        on reports.lead_row = pairs.lead_row and reports.opportunity_id = pairs.opportunity_id
    union all
    select
        pairs.pair_number,
        pairs.lead_row,
        pairs.opportunity_id,
        first_signature.signed_at as moved_at,
        first_signature.contract_id as move_id,
        'signature' as move,
        null as phase,
        null as actor_id,
        null as reason,
        null as activity_row
    from numbered_opportunities as pairs
    inner join signatures on pairs.opportunity_id = signatures.opportunity_id
),
known as (
    select
        *,
        last_value(case
            when move in ('opportunity_won', 'opportunity_lost', 'signature') then 0
            when move = 'opportunity_reopened' then 1
        end ignore nulls) over so_far as decision,
        last_value(case
            when move = 'opportunity_won' then 1
            when move in ('opportunity_lost', 'opportunity_reopened') then 0
        end ignore nulls) over so_far as stands_won,
        last_value(phase ignore nulls) over so_far as phase_reported,
        row_number() over so_far as move_number
    from moves
    window so_far as (
        partition by pair_number order by moved_at, move_id, move rows between unbounded preceding and current row
    )
),
followed as (
    select
        *,
        lag(decision) over in_order as previous_decision,
        lag(stands_won) over in_order as stood_won
    from known
    window in_order as (partition by pair_number order by move_number)
),
opened as (
    select
        *,
        coalesce(decision, 1) - case when move_number = 1 then 0 else coalesce(previous_decision, 1) end as opening,
        coalesce(stands_won, 0) - coalesce(stood_won, 0) as winning,
        coalesce(previous_decision = 0, false) as was_closed,
        move = 'opportunity_created' and move_number = 1 as is_opening
    from followed
)
select
    lead_row,
    opportunity_id,
    moved_at,
    move_id,
    move,
    actor_id,
    reason,
    was_closed,
    is_opening,
    activity_row,
    coalesce(phase_reported, 'p1') as phase,
    sum(opening) over so_far as open_opportunity_count,
    sum(winning) over so_far as won_opportunity_count,
    lead(lead_row) over so_far is null as is_latest
from opened
window so_far as (
    partition by lead_row order by moved_at, move_id, move, opportunity_id
    rows between unbounded preceding and current row
);

create temp table occupied as
with covered as (
    select
        lead_row,
        bool_or(is_covered_at(starts_at, first_signed_at, uncovered_at, is_overdue, getvariable('as_of')))
            as is_covered,
        bool_or(starts_at <= getvariable('as_of')) as has_been_covered
    from islands
    where lead_row is not null
    group by lead_row
)
select
    coalesce(moves.lead_row, covered.lead_row) as lead_row,
    coalesce(covered.is_covered, false)
    or (coalesce(moves.won_opportunity_count, 0) > 0 and not coalesce(covered.has_been_covered, false)) as is_customer,
    coalesce(moves.open_opportunity_count, 0) > 0 as has_open_opportunity
from (select * from opportunity_moves where is_latest) as moves
full join covered on moves.lead_row = covered.lead_row;
