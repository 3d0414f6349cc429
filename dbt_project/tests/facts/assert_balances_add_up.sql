-- Balance today is yesterday's plus entered minus exited, exits split into three ways, and the last day's balances are
-- the leads where dim_leads has them.
{{ config(meta={'dagster': {'ref': {'name': 'kpi_stage_daily'}}}) }}
with daily as (
    select
        *,
        coalesce(
            lag(balance) over (partition by stage, segment, lead_source order by date_day), 0
        ) as balance_before,
        max(date_day) over () as last_day
    from {{ ref('kpi_stage_daily') }}
),

broken as (
    select 'balance of ' || stage || ' in ' || segment || ' on ' || cast(date_day as varchar) as what
    from daily
    where
        balance <> balance_before + entered - exited
        or exited <> advanced + detoured + regressed
        or balance < 0
),

ends as (
    select
        stage,
        segment,
        sum(balance) as leads
    from daily
    where date_day = last_day
    group by stage, segment
    having sum(balance) <> 0
),

current_stages as (
    select
        current_stage as stage,
        segment,
        count(*) as leads
    from {{ ref('dim_leads') }}
    group by current_stage, segment
),

differing as (
    select 'leads in ' || coalesce(ends.stage, current_stages.stage) as what
    from ends
    full outer join current_stages
        on ends.stage = current_stages.stage and ends.segment = current_stages.segment
    where not ({{ same('ends.leads', 'current_stages.leads') }})
)

select
    what,
    'kpi_stage_daily: the ' || what || ' does not add up. Rebuild with `revloop refresh --full`.' as message
from (
    select * from broken
    union all
    select * from differing
) as faults
