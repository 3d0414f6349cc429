-- Only where a cycle went backward or came back from a closed stage is its highest stage not the one just left.
create temp table winding_leads as
select distinct moves.lead_row
from moves
inner join directions on moves.from_reach = directions.from_reach and moves.to_reach = directions.to_reach
where
    directions.direction in ('backward', 'reopen')
    or (directions.direction = 'detour' and not list_contains(getvariable('recyclable_reaches'), moves.to_reach));

create temp table advances as
with entries as (
    select
        lead_row,
        cycle_number,
        entered_at,
        to_reach // 64 as position,
        max(to_reach // 64) over (
            partition by lead_row, cycle_number order by transition_number
            rows between unbounded preceding and 1 preceding
        ) as position_before
    from moves
    where to_reach % 64 = 0 and lead_row in (select lead_row from winding_leads)
    union all
    select
        lead_row,
        cycle_number,
        entered_at,
        to_reach // 64 as position,
        case when from_reach % 64 = 0 then from_reach // 64 end as position_before
    from moves
    where to_reach % 64 = 0 and lead_row not in (select lead_row from winding_leads)
)
select
    *,
    coalesce(position_before, position - 1) as floor_position,
    local_date(entered_at) as entered_on,
    local_date(lead(entered_at) over (partition by lead_row, cycle_number order by position)) as next_entered_on
from entries
where position_before is null or position > position_before;

create temp table milestones as
select
    advances.lead_row,
    advances.cycle_number,
    stages.stage,
    stages.success_position,
    advances.entered_at as reached_at,
    stages.success_position < advances.position as was_skipped,
    advances.entered_on as reached_on,
    cast(case
        when stages.success_position < advances.position then 0
        else date_diff('day', advances.entered_on, advances.next_entered_on)
    end as integer) as days_to_next
from advances
inner join stages
    on advances.floor_position < stages.success_position and advances.position >= stages.success_position;

create table warehouse.marts.fct_stage_milestones as
select
    lead_slices.lead_id,
    milestones.* exclude (lead_row, success_position),
    lead_slices.segment,
    lead_slices.lead_source
from milestones
inner join lead_slices on milestones.lead_row = lead_slices.lead_row;
drop table advances;
