-- A key grows with each signal that moves the lead: segments first, within one how far the stage reaches.
create temp table moves as
with captures as (
    select
        leads.lead_row,
        least(leads.created_at, coalesce(first_signals.signal_at, leads.created_at)) as signal_at
    from leads
    left join (select lead_row, min(signal_at) as signal_at from signals group by lead_row) as first_signals
        on leads.lead_row = first_signals.lead_row
),
placed as (
    select
        lead_row,
        signal_at,
        cast(null as varchar) as signal_id,
        cast((select reach from stages where stage = 'captured') as bigint) as key,
        'created' as basis,
        false as is_opening,
        cast(null as varchar) as actor_id,
        cast(null as varchar) as reason
    from captures
    where signal_at <= getvariable('as_of')
    union all
    select
        signals.lead_row,
        signals.signal_at,
        signals.signal_id,
        cast(signals.segment_number as bigint) * 65536 + stages.reach as key,
        signals.basis,
        signals.is_opening,
        signals.actor_id,
        signals.reason
    from signals
    inner join stages on signals.stage_code = stages.stage_code
),
compared as (
    select
        *,
        max(key) over (
            partition by lead_row
            order by key // 65536, signal_at, signal_id nulls first, basis
            rows between unbounded preceding and 1 preceding
        ) as key_before
    from placed
),
moved as (
    select
        *,
        cast(key % 65536 as usmallint) as to_reach,
        cast(key_before % 65536 as usmallint) as from_reach,
        is_opening and key_before % 65536 = getvariable('lost_reach') as is_worked_anew
    from compared
    where key_before is null or (key > key_before and key % 65536 <> key_before % 65536)
)
select
    lead_row,
    cast(row_number() over in_order as integer) as transition_number,
    cast(
        1 + sum(
            case
                when to_reach % 64 = 0 and list_contains(getvariable('recyclable_reaches'), from_reach) then 1
                when is_worked_anew then 1
                else 0
            end
        ) over in_order as integer
    ) as cycle_number,
    from_reach,
    to_reach,
    is_worked_anew,
    lead(to_reach) over in_order as next_reach,
    lead(is_worked_anew) over in_order as is_next_worked_anew,
    signal_at as entered_at,
    lead(signal_at) over in_order as exited_at,
    basis,
    signal_id as source_id,
    actor_id,
    reason
from moved
window in_order as (partition by lead_row order by key);
drop table signals;

-- What a move from one stage to another is called, but where a lost lead is worked anew.
create temp table directions as
select
    from_stages.reach as from_reach,
    to_stages.reach as to_reach,
    case
        when not to_stages.is_success then 'detour'
        when from_stages.is_recyclable then 'reentry'
        when from_stages.is_closed then 'reopen'
        when to_stages.success_position = from_stages.success_position + 1 then 'forward'
        when to_stages.success_position > from_stages.success_position then 'skip'
        else 'backward'
    end as direction
from stages as from_stages
cross join stages as to_stages;

create temp table lead_slices as
select
    leads.lead_row,
    raw_leads.lead_id,
    raw_leads.owner_id,
    raw_leads.lead_source,
    profiles.segment
from store.raw.leads as raw_leads
inner join leads on raw_leads.rowid = leads.lead_row
inner join profiles on leads.lead_row = profiles.lead_row and profiles.is_current;

create table warehouse.marts.fct_stage_transitions as
select
    lead_slices.lead_id,
    moves.transition_number,
    moves.cycle_number,
    from_stages.stage as from_stage,
    to_stages.stage as to_stage,
    moves.entered_at,
    moves.exited_at,
    local_date(moves.entered_at) as entered_on,
    local_date(moves.exited_at) as exited_on,
    cast(epoch_us(moves.exited_at) - epoch_us(moves.entered_at) as double) / 1000000 as seconds_in_stage,
    case when moves.is_worked_anew then 'reentry' else coalesce(directions.direction, 'entry') end as direction,
    case when moves.is_next_worked_anew then 'reentry' else exits.direction end as exit_direction,
    moves.basis,
    moves.source_id,
    coalesce(moves.actor_id, lead_slices.owner_id) as actor_id,
    moves.reason,
    lead_slices.segment,
    lead_slices.lead_source
from moves
inner join lead_slices on moves.lead_row = lead_slices.lead_row
left join stages as to_stages on moves.to_reach = to_stages.reach
left join stages as from_stages on moves.from_reach = from_stages.reach
left join directions on moves.from_reach = directions.from_reach and moves.to_reach = directions.to_reach
left join directions as exits on moves.to_reach = exits.from_reach and moves.next_reach = exits.to_reach;
