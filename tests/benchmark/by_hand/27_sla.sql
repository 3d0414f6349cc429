-- Business hours are none: every limit runs around the clock.
create temp table owners as
select
    lead_slices.lead_row,
    cast(slice_numbers.segment_number * 65536 + coalesce(named.owner_number, 0) as integer) as holder
from lead_slices
inner join slice_numbers on lead_slices.lead_row = slice_numbers.lead_row
left join (
    select owner_id, row_number() over () as owner_number
    from (select distinct owner_id from store.raw.leads where owner_id is not null)
) as named on lead_slices.owner_id = named.owner_id;

create temp table holders as
select owners.holder, any_value(lead_slices.segment) as segment, any_value(lead_slices.owner_id) as owner_id
from owners
inner join lead_slices on owners.lead_row = lead_slices.lead_row
group by owners.holder;

create temp table timed_stays as
with limits as (
    select stages.reach, cast(seeds_stages.sla_hours * 3600000000 as bigint) as limit_microseconds
    from seeds.stages as seeds_stages
    inner join stages on seeds_stages.stage = stages.stage
    where seeds_stages.stay = 'sla'
),
sla_stays as (
    select
        moves.lead_row,
        moves.transition_number,
        moves.to_reach as reach,
        moves.entered_at,
        moves.exited_at,
        coalesce(moves.exited_at, timestamptz 'infinity') as until_at,
        case when moves.basis not in ('contract', 'coverage') then moves.source_id end as source_id,
        limits.limit_microseconds
    from moves
    inner join limits on moves.to_reach = limits.reach
),
own_acts as (
    select lead_row, occurred_at, activity_row from acts
    where is_own_act
),
later_touches as (
    select sla_stays.lead_row, sla_stays.transition_number, min(own_acts.occurred_at) as touched_at
    from own_acts
    inner join sla_stays
        on
            own_acts.lead_row = sla_stays.lead_row
            and own_acts.occurred_at > sla_stays.entered_at
            and own_acts.occurred_at < sla_stays.until_at
    group by all
),
-- At the instant of the entry, what comes after the move by its id.
touches_at_once as (
    select distinct sla_stays.lead_row, sla_stays.transition_number
    from store.raw.activities
    inner join own_acts on activities.rowid = own_acts.activity_row
    inner join sla_stays on own_acts.lead_row = sla_stays.lead_row and own_acts.occurred_at = sla_stays.entered_at
    where sla_stays.source_id is null or sla_stays.source_id < activities.activity_id
)
select
    sla_stays.reach,
    owners.holder,
    epoch_us(sla_stays.exited_at) - epoch_us(sla_stays.entered_at) as length,
    epoch_us(getvariable('as_of')) - epoch_us(sla_stays.entered_at) as age,
    sla_stays.limit_microseconds,
    case
        when touches_at_once.lead_row is not null then 0
        else epoch_us(coalesce(later_touches.touched_at, sla_stays.exited_at)) - epoch_us(sla_stays.entered_at)
    end as answer
from sla_stays
inner join owners on sla_stays.lead_row = owners.lead_row
left join later_touches
    on sla_stays.lead_row = later_touches.lead_row and sla_stays.transition_number = later_touches.transition_number
left join touches_at_once
    on
        sla_stays.lead_row = touches_at_once.lead_row
        and sla_stays.transition_number = touches_at_once.transition_number;

create temp table answer_histogram as
select
    cast(holder as bigint) * 1024 + reach as slice,
    coalesce(answer, age) // 60000000 as duration,
    count(answer) as exits,
    count(*) - count(answer) as censored
from timed_stays
group by all;

create table warehouse.marts.kpi_sla as
with balances as (
    select
        cast(owners.holder as bigint) * 1024 + stages.reach as slice,
        count(*) as open_leads,
        min(lead_states.stage_entered_at) as oldest_entered_at,
        0 as unanswered,
        0 as deadlines,
        0 as due,
        0 as past_due
    from lead_states
    inner join owners on lead_states.lead_row = owners.lead_row
    inner join stages on lead_states.current_stage = stages.stage
    group by all
    union all
    select
        cast(holder as bigint) * 1024 + reach as slice,
        0 as open_leads,
        null as oldest_entered_at,
        count(*) - count(answer) as unanswered,
        count(*) filter (where age >= limit_microseconds) as deadlines,
        count(*) filter (where age >= limit_microseconds and coalesce(length > limit_microseconds, true)) as due,
        count(*) filter (where age >= limit_microseconds and length is null) as past_due
    from timed_stays
    group by all
),
summed as (
    select
        slice,
        cast(sum(open_leads) as bigint) as open_leads,
        min(oldest_entered_at) as oldest_entered_at,
        cast(sum(unanswered) as bigint) as unanswered,
        cast(sum(deadlines) as bigint) as deadlines,
        cast(sum(due) as bigint) as due,
        cast(sum(past_due) as bigint) as past_due
    from balances
    group by slice
),
clocked as (
    select
        stages.stage,
        holders.segment,
        holders.owner_id,
        seeds_stages.stay,
        summed.open_leads as open,
        cast(date_diff('microsecond', summed.oldest_entered_at, getvariable('as_of')) as double) / 3600000000
            as oldest_hours,
        case when seeds_stages.stay = 'sla' then summed.deadlines end as deadlines,
        case when seeds_stages.stay = 'sla' then summed.due end as due,
        case when seeds_stages.stay = 'sla' then summed.past_due end as past_due,
        case when seeds_stages.stay = 'sla' then summed.unanswered end as unanswered,
        cast(responses.p50 as integer) / cast(60 as double) as response_hours_median
    from summed
    inner join holders on summed.slice // 1024 = holders.holder
    inner join stages on summed.slice % 1024 = stages.reach
    inner join seeds.stages as seeds_stages on stages.stage = seeds_stages.stage
    left join quartiles_of('answer_histogram') as responses on summed.slice = responses.slice
)
select
    *,
    ratio(due, deadlines) as breach_rate,
    case when due = 0 and deadlines > 0 then 0 else wilson_bound(due, deadlines, -1.959963984540054e0) end
        as breach_rate_low,
    case when due = deadlines and deadlines > 0 then 1 else wilson_bound(due, deadlines, 1.959963984540054e0) end
        as breach_rate_high
from clocked;
