-- The chain that chains.py describes. FOLDER is where the Parquet files are.
create temp table repeated_leads as
select lead_id, max(version) as latest from 'FOLDER/leads.parquet'
group by lead_id
having count(*) > 1;

create temp table leads as
select
    raw_leads.lead_id,
    case
        when raw_leads.employee_count < 100 then 'smb'
        when raw_leads.employee_count < 1000 then 'mid_market'
        else 'enterprise'
    end as segment
from 'FOLDER/leads.parquet' as raw_leads
left join repeated_leads on raw_leads.lead_id = repeated_leads.lead_id
where (repeated_leads.latest is null or repeated_leads.latest = raw_leads.version) and not raw_leads.is_deleted;

create temp table repeated_activities as
select activity_id, max(version) as latest from 'FOLDER/activities.parquet'
group by activity_id
having count(*) > 1;

create temp table acts as
select
    activities.activity_id,
    activities.lead_id,
    leads.segment,
    activities.occurred_at,
    case
        when activities.activity_type in ('stage_changed', 'opportunity_phase_changed') then activities.stage
        else kinds.stage_meant
    end as stage,
    coalesce(kinds.points, 0) as points
from 'FOLDER/activities.parquet' as activities
inner join leads on activities.lead_id = leads.lead_id
left join 'FOLDER/kinds.parquet' as kinds on activities.activity_type = kinds.activity_type
left join repeated_activities on activities.activity_id = repeated_activities.activity_id
where
    (repeated_activities.latest is null or repeated_activities.latest = activities.version)
    and not activities.is_deleted;

create temp table islands as
with changes as (
    select
        lead_id, segment, occurred_at, activity_id, stage,
        lag(stage) over (partition by lead_id order by occurred_at, activity_id) as from_stage
    from acts
    where stage is not null
    qualify from_stage is distinct from stage
)
select
    lead_id, segment, from_stage, stage, occurred_at,
    cast(occurred_at as date) as entered_on,
    lead(occurred_at) over (partition by lead_id order by occurred_at, activity_id) as exited_at
from changes;

create temp table balances as
with flows as (
    select entered_on, segment, from_stage, stage, count(*) as moved from islands
    group by all
),
cells as (
    select entered_on, segment, stage, sum(change) as change
    from (
        select entered_on, segment, stage, moved as change from flows
        union all
        select entered_on, segment, from_stage as stage, -moved as change from flows
        where from_stage is not null
    )
    group by all
)
select *, sum(change) over (partition by segment, stage order by entered_on) as balance from cells;

create temp table velocity as
select
    date_trunc('month', entered_on) as entered_month,
    segment,
    stage,
    median(date_diff('day', entered_on, cast(exited_at as date))) as median_days
from islands
where exited_at is not null
group by all;

create temp table features as
with aged as (
    select *, date_diff('day', cast(occurred_at as date), cast(getvariable('as_of') as date)) as age
    from acts
    where occurred_at > getvariable('as_of') - interval 90 day
)
select
    lead_id,
    count(*) filter (where age <= 7) as n7,
    count(*) filter (where age <= 30) as n30,
    count(*) as n90,
    sum(points * pow(0.5, age / 30)) as points,
    max(occurred_at) as last_at
from aged
group by lead_id;

create temp table found as
select
    (select count(*) from islands) as intervals,
    (select sum(balance) from balances) as balance,
    (select sum(median_days) from velocity) as median_days,
    (select count(*) from features) as leads,
    (select sum(n90) from features) as acts_90,
    (select round(sum(points), 3) from features) as points_90;
