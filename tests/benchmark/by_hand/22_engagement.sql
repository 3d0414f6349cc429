-- Who was in a place when a month began and how long all were in it, and who came and went in the month.
create temp table place_months as
with monthly as (
    select
        slices.segment_number * 1024 + flows.reach as place,
        extract(year from date_day) * 12 + extract(month from date_day) - 1 as month_number,
        sum(entered) as entered,
        sum(exited) as exited,
        sum((entered - exited) * (month_end(date_day) - date_day + 1)) as days_changed
    from flows
    inner join slices on flows.slice = slices.slice
    group by all
),
months as (
    select place, unnest(range(
        min(month_number),
        cast(extract(year from getvariable('today')) * 12 + extract(month from getvariable('today')) as bigint)
    )) as month_number
    from monthly
    group by place
)
select
    months.place,
    months.month_number,
    make_date(months.month_number // 12, months.month_number % 12 + 1, 1) as period_month,
    coalesce(monthly.entered, 0) as entered,
    coalesce(monthly.exited, 0) as exited,
    coalesce(monthly.days_changed, 0) as days_changed,
    coalesce(sum(monthly.entered - monthly.exited) over (
        partition by months.place order by months.month_number rows between unbounded preceding and 1 preceding
    ), 0) as opening_balance
from months
left join monthly on months.place = monthly.place and months.month_number = monthly.month_number;

create table warehouse.marts.kpi_engagement as
with lead_months as (
    select
        ((cast(lead_row as bigint) * 8192 + place) * 64 + channel_number) * 65536
        + (extract(year from acted_on) * 12 + extract(month from acted_on) - 1) as cell,
        count(*) as acts
    from placed_acts
    where is_buyer_act
    group by cell
),
engaged as (
    select
        cell % 65536 as month_number,
        cell // 4194304 % 8192 as place,
        cell // 65536 % 64 as channel_number,
        count(*) as leads_with_buyer_act,
        sum(acts) as acts
    from lead_months
    group by all
),
combinations as (
    select distinct place, channel_number from engaged
)
select
    present.period_month,
    places.stage,
    channels.channel,
    places.segment,
    cast(present.opening_balance + present.entered as bigint) as leads,
    cast(coalesce(engaged.leads_with_buyer_act, 0) as bigint) as leads_with_buyer_act,
    cast(coalesce(engaged.acts, 0) as bigint) as acts,
    ratio(coalesce(engaged.leads_with_buyer_act, 0), present.opening_balance + present.entered) as rate
from place_months as present
inner join combinations on present.place = combinations.place
inner join places on present.place = places.place
left join channels on combinations.channel_number = channels.channel_number
left join engaged
    on
        present.place = engaged.place
        and present.month_number = engaged.month_number
        and combinations.channel_number = engaged.channel_number
where present.opening_balance + present.entered > 0;
drop table placed_acts;
