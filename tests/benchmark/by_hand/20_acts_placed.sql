-- Stays that took time, where they were (segment and stage in one number) and when they ended in an advance. Nobody
-- acts in the others.
create temp table stays as
select
    moves.lead_row,
    moves.transition_number,
    cast(slice_numbers.segment_number * 1024 + moves.to_reach as usmallint) as place,
    moves.entered_at,
    coalesce(moves.exited_at, timestamptz 'infinity') as exited_at,
    local_date(moves.entered_at) as entered_on,
    local_date(moves.exited_at) as exited_on,
    case when directions.direction not in ('detour', 'backward') then local_date(moves.exited_at) end as advanced_on
from moves
inner join slice_numbers on moves.lead_row = slice_numbers.lead_row
left join directions on moves.to_reach = directions.from_reach and moves.next_reach = directions.to_reach
where moves.exited_at is null or moves.exited_at > moves.entered_at;

create temp table places as
select distinct
    cast(slices.segment_number * 1024 + stages.reach as usmallint) as place,
    slices.segment,
    stages.stage,
    stages.reach
from slices
cross join stages;

create temp table lengths as
select
    dim_dates.fiscal_quarter_starts_on as cohort_quarter,
    stays.place,
    coalesce(stays.exited_on, getvariable('today')) - stays.entered_on as age,
    count(*) as stays,
    count(stays.exited_on) as exits,
    count(stays.advanced_on) as advances
from stays
inner join warehouse.marts.dim_dates on stays.entered_on = dim_dates.date_day
group by all;

-- What buyers and we did in them. An act's bearing is one number, least for the first act: which stay, the day, how old
-- the stay was, and whether it was followed by an advance.
create temp table placed_acts as
with met as (
    select
        acts.lead_row,
        acts.kind,
        acts.channel_number,
        acts.content_number,
        acts.is_buyer_act,
        local_date(acts.occurred_at) as acted_on,
        stays.transition_number,
        stays.place,
        stays.entered_on,
        stays.advanced_on
    from acts
    inner join stays
        on
            acts.lead_row = stays.lead_row
            and acts.occurred_at >= stays.entered_at
            and acts.occurred_at < stays.exited_at
    where acts.is_buyer_act or (acts.is_own_act and not acts.is_report)
)
select
    lead_row,
    place,
    channel_number,
    kind,
    content_number,
    is_buyer_act,
    acted_on,
    (cast(transition_number as bigint) * 65536 + (acted_on - date '2000-01-01')) * 131072
    + (acted_on - entered_on) * 2
    + case when advanced_on - acted_on < 30 then 1 else 0 end as bearing
from met;
