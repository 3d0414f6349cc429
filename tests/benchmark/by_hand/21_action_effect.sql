-- The first act of its kind, channel and content of a lead in a stage; what and where in one number.
create temp table first_acts as
select
    (((cast(lead_row as bigint) * 8192 + place) * 64 + channel_number) * 256 + kind) * 1024 + content_number as act,
    min(bearing) as bearing
from placed_acts
where
    acted_on <= days_after(getvariable('today'), -30)
    and place % 1024 <> (select max(reach) from stages)
group by act;

create temp table effect_cells as
select
    act % 137438953472 as cell,
    bearing // 2 % 65536 as age,
    count(*) as leads,
    sum(bearing % 2) as advanced
from first_acts
group by all;

create temp table rare_cells as
select cell
from effect_cells
where cell % 1024 > 0
group by cell
having sum(leads) < 30 or cell % 1024 = (select content_number from contents where content_id = 'other');

create table warehouse.marts.kpi_action_effect as
with rare_acts as (
    select
        act // 1024 as act_but_for_content,
        min((bearing // 131072 % 65536 * 1024 + act % 1024) * 131072 + bearing % 131072) as bearing
    from first_acts
    where act % 137438953472 in (select cell from rare_cells)
    group by act_but_for_content
),
sliced as (
    select cell, age, leads, advanced from effect_cells
    where cell not in (select cell from rare_cells)
    union all
    select
        act_but_for_content % 134217728 * 1024 + 1023 as cell,
        bearing // 2 % 65536 as age,
        count(*) as leads,
        sum(bearing % 2) as advanced
    from rare_acts
    group by all
),
durations as (
    select place, age, sum(stays) as stays, sum(exits) as exits, sum(advances) as advances
    from lengths
    group by place, age
),
ages as (
    select place, cast(unnest(generate_series(0, max(age))) as bigint) as age
    from durations
    group by place
),
at_risk as (
    select
        ages.place,
        ages.age,
        coalesce(durations.exits, 0) as exits,
        coalesce(durations.advances, 0) as advances,
        sum(coalesce(durations.stays, 0)) over (
            partition by ages.place order by ages.age rows between current row and unbounded following
        ) as stays
    from ages
    left join durations on ages.place = durations.place and ages.age = durations.age
),
survived as (
    select
        *,
        exp(cast(coalesce(
            sum(case
                when exits < stays
                    then cast(ln(cast(stays - exits as double) / cast(stays as double)) as decimal(28, 18))
            end) over (partition by place order by age rows between unbounded preceding and 1 preceding),
            0
        ) as double)) as share
    from at_risk
),
hazards as (
    select
        place,
        age,
        cast(cast(sum(
            cast(share * cast(advances as double) / cast(stays as double) as decimal(28, 18))
        ) over (partition by place order by age rows between current row and 29 following) as double) / share
        as decimal(18, 15)) as advance_rate
    from survived
),
summed as (
    select
        sliced.cell,
        cast(sum(sliced.leads) as bigint) as lead_count,
        cast(sum(sliced.advanced) as bigint) as advanced_30d_count,
        sum(sliced.leads * hazards.advance_rate) as usual_count
    from sliced
    inner join hazards on sliced.cell // 16777216 = hazards.place and sliced.age = hazards.age
    group by sliced.cell
),
rated as (
    select
        places.stage,
        kinds.activity_type,
        channels.channel,
        case when summed.cell % 1024 = 1023 then 'other' else contents.content_id end as content_id,
        places.segment,
        lead_count,
        advanced_30d_count,
        ratio(advanced_30d_count, lead_count) as rate,
        ratio(usual_count, lead_count) as baseline_rate,
        ratio(advanced_30d_count, usual_count) as lift,
        case
            when advanced_30d_count = 0 then 0
            else wilson_bound(advanced_30d_count, lead_count, -1.959963984540054e0)
        end as low,
        case
            when advanced_30d_count = lead_count then 1
            else wilson_bound(advanced_30d_count, lead_count, 1.959963984540054e0)
        end as high
    from summed
    inner join places on summed.cell // 16777216 = places.place
    inner join kinds on summed.cell // 1024 % 256 = kinds.kind
    left join channels on summed.cell // 262144 % 64 = channels.channel_number
    left join contents on summed.cell % 1024 = contents.content_number
)
select *, ratio(low, baseline_rate) as lift_low, ratio(high, baseline_rate) as lift_high
from rated;
drop table first_acts;
