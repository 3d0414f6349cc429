-- name: bottlenecks
-- mart: kpi_bottlenecks
-- key: window_end, stage, segment
-- where: window_end > (select max(window_end) - interval 12 month from marts.kpi_bottlenecks)
select
    window_end,
    stage,
    segment,
    next_stage,
    n,
    reached_next,
    conversion,
    rate_low,
    rate_high,
    previous_n,
    previous_conversion,
    target_conversion,
    lost_wins,
    lost_amount,
    win_change_share,
    win_change,
    wait_days,
    bottleneck_rank
from marts.kpi_bottlenecks
where window_end > (select max(window_end) - interval 12 month from marts.kpi_bottlenecks)
order by
    window_end,
    (select dim_stages.rank from marts.dim_stages where dim_stages.stage = kpi_bottlenecks.stage),
    stage,
    segment;

-- name: ranked
-- mart: kpi_bottlenecks
-- key: window_end, stage, segment
-- where: bottleneck_rank is not null and window_end > (select max(window_end) - interval 12 month from marts.kpi_bottlenecks)
select
    window_end,
    bottleneck_rank,
    stage,
    next_stage,
    segment,
    sentence,
    n,
    conversion,
    rate_low,
    rate_high,
    previous_n,
    previous_conversion,
    lost_wins,
    lost_amount
from marts.kpi_bottlenecks
where
    bottleneck_rank is not null
    and window_end > (select max(window_end) - interval 12 month from marts.kpi_bottlenecks)
order by window_end desc, bottleneck_rank, stage, segment;

-- name: load
-- mart: kpi_bottlenecks
-- key: window_end, department, capacity
-- derived: department = (select dim_stages.department from marts.dim_stages where dim_stages.stage = kpi_bottlenecks.stage)
-- where: is_latest
select
    window_end,
    (select dim_stages.department from marts.dim_stages where dim_stages.stage = kpi_bottlenecks.stage) as department,
    capacity,
    sum(open_records) as open_records
from marts.kpi_bottlenecks
where is_latest
group by all
order by department, capacity, window_end;

-- name: limits
-- mart: kpi_sla
-- key: stage, segment
-- where: stay = 'sla'
select
    stage,
    segment,
    sum(open) as open,
    sum(deadlines) as deadlines,
    sum(missed) as missed,
    sum(past_due) as past_due,
    sum(unanswered) as unanswered
from marts.kpi_sla
where stay = 'sla'
group by stage, segment
order by (select dim_stages.rank from marts.dim_stages where dim_stages.stage = kpi_sla.stage), stage, segment;

-- name: owners
-- mart: kpi_sla
-- key: owner_id, stage, segment
-- derived: oldest_days = oldest_hours / 24
-- where: stay = 'sla' and deadlines > 0
select
    owner_id,
    stage,
    segment,
    past_due,
    open,
    oldest_hours / 24 as oldest_days,
    deadlines,
    missed,
    breach_rate,
    breach_rate_low,
    breach_rate_high,
    response_hours_median
from marts.kpi_sla
where stay = 'sla' and deadlines > 0
order by past_due desc, missed desc, owner_id, stage, segment
limit 200;

-- name: lost_reasons
-- mart: kpi_lost_reasons
-- key: lost_reason, segment
-- derived: lost_reason = case when lost_reason in (select lost_reason from marts.kpi_lost_reasons where period_month > (select max(period_month) - interval 12 month from marts.kpi_lost_reasons) group by lost_reason order by sum(lost) desc, lost_reason limit 12) then lost_reason else '(rest)' end
-- where: period_month > (select max(period_month) - interval 12 month from marts.kpi_lost_reasons)
select
    case
        when
            lost_reason in (
                select lost_reason
                from marts.kpi_lost_reasons
                where period_month > (select max(period_month) - interval 12 month from marts.kpi_lost_reasons)
                group by lost_reason
                order by sum(lost) desc, lost_reason
                limit 12
            )
            then lost_reason
        else '(rest)'
    end as lost_reason,
    segment,
    sum(lost) as lost,
    sum(recycled) as recycled,
    sum(won_back) as won_back,
    sum(lost_amount) as lost_amount
from marts.kpi_lost_reasons
where period_month > (select max(period_month) - interval 12 month from marts.kpi_lost_reasons)
group by all
order by lost_reason, segment;
