create macro percent(successes, total) as
    cast(floor(cast(200 * successes + total as double) / (2 * total)) as decimal(18, 0));
create macro percent_tenths(successes, total) as cast(
    cast(floor(cast(2000 * successes + total as double) / (2 * total)) as decimal(18, 0)) / 10 as decimal(18, 1)
);
create macro tenths(number) as cast(cast(number as decimal(18, 1)) as varchar);
create macro with_thousands(number) as format('{:,}', cast(number as bigint));
create macro capitalised(text) as upper(left(text, 1)) || substr(text, 2);
create macro is_apart_below(successes, total, higher_successes, higher_total, z) as
    wilson_bound(successes, total, z) < wilson_bound(higher_successes, higher_total, -z);
create macro is_clearly_below(successes, total, higher_successes, higher_total) as
    total >= 30
    and higher_total >= 30
    and 10 * successes * higher_total < 9 * higher_successes * total
    and is_apart_below(successes, total, higher_successes, higher_total, 1.959963984540054e0);
create macro smoothed(successes, total) as case
    when total > 0
        then greatest(successes, 0.5e0) / (case when successes = 0 then total + 1 else total end)
end;

create temp table windows as
with months as (
    select cast(unnest(generate_series(min(cohort_month), max(cohort_month), interval 1 month)) as date) as last_month
    from warehouse.marts.kpi_stage_conversion
    where is_mature_90d
)
select
    last_month,
    month_end(last_month) as window_end,
    cast(last_month - interval 2 month as date) as first_month,
    cast(last_month - interval 5 month as date) as previous_first_month,
    cast(last_month - interval 14 month as date) as history_first_month,
    cast(last_month - interval 11 month as date) as won_first_month
from months
where previous_first_month >= (select min(last_month) from months);

create temp table window_rates as
with conversions as (
    select * from warehouse.marts.kpi_stage_conversion
    where lead_source = 'all' and is_mature_90d
),
steps as (
    select
        stages.stage,
        next_stages.stage as next_stage,
        stages.success_position,
        stages.success_position = 1 as is_first,
        dim_stages.department
    from stages
    inner join stages as next_stages on stages.success_position + 1 = next_stages.success_position
    inner join warehouse.marts.dim_stages on stages.stage = dim_stages.stage
    where stages.success_position < (select success_position from stages where stage = 'onboarding')
)
select
    windows.window_end,
    windows.last_month,
    segments.segment,
    steps.*,
    cast(coalesce(sum(cycles) filter (where cohort_month >= first_month), 0) as bigint) as n,
    cast(coalesce(sum(reached_next_90d) filter (where cohort_month >= first_month), 0) as bigint) as reached_next,
    cast(coalesce(sum(cycles) filter (
        where cohort_month >= previous_first_month and cohort_month < first_month
    ), 0) as bigint) as previous_n,
    cast(coalesce(sum(reached_next_90d) filter (
        where cohort_month >= previous_first_month and cohort_month < first_month
    ), 0) as bigint) as previous_reached_next,
    cast(coalesce(sum(cycles) filter (where cohort_month < first_month), 0) as bigint) as history_n,
    cast(coalesce(sum(reached_next_90d) filter (where cohort_month < first_month), 0) as bigint)
        as history_reached_next
from windows
cross join (select distinct segment from conversions) as segments
cross join steps
left join conversions
    on
        steps.stage = conversions.stage
        and segments.segment = conversions.segment
        and windows.history_first_month <= conversions.cohort_month
        and windows.last_month >= conversions.cohort_month
group by all;

-- How the wins of a window and of the one before it differ, in logarithms that add up over the stages.
create temp table win_changes as
with rated as (
    select *, smoothed(reached_next, n) as rate, smoothed(previous_reached_next, previous_n) as previous_rate
    from window_rates
),
logs as (
    select
        *,
        cast(ln(coalesce(rate, previous_rate, 1)) as decimal(28, 18)) as log_rate,
        cast(ln(coalesce(previous_rate, rate, 1)) as decimal(28, 18)) as previous_log_rate,
        cast(case when is_first then ln(greatest(n, 0.5e0)) else 0 end as decimal(28, 18)) as log_leads,
        cast(case when is_first then ln(greatest(previous_n, 0.5e0)) else 0 end as decimal(28, 18))
            as previous_log_leads
    from rated
),
chained as (
    select
        *,
        coalesce(sum(log_rate) over (
            partition by window_end, segment order by success_position
            rows between 1 following and unbounded following
        ), 0) as log_later,
        sum(log_leads + log_rate) over all_stages as log_wins,
        sum(previous_log_leads + previous_log_rate) over all_stages as previous_log_wins
    from logs
    window all_stages as (partition by window_end, segment)
),
averaged as (
    select
        *,
        case
            when abs(log_wins - previous_log_wins) < 0.000001
                then exp(cast(log_wins + previous_log_wins as double) / 2)
            else
                (exp(cast(log_wins as double)) - exp(cast(previous_log_wins as double)))
                / cast(log_wins - previous_log_wins as double)
        end as mean_wins
    from chained
),
shared as (
    select
        *,
        cast(mean_wins * cast(log_wins - previous_log_wins as double) as decimal(18, 6)) as win_change,
        cast(
            mean_wins * cast(log_rate - previous_log_rate + log_leads - previous_log_leads as double)
            as decimal(18, 6)
        ) as share,
        cast(mean_wins * cast(log_leads - previous_log_leads as double) as decimal(18, 6)) as lead_change_share
    from averaged
)
-- What the rounding of the shares leaves over is the last stage's.
select
    *,
    cast(share + case
        when success_position = max(success_position) over all_stages then win_change - sum(share) over all_stages
        else 0
    end as decimal(18, 6)) as win_change_share
from shared
window all_stages as (partition by window_end, segment);

create temp table priced as
with waits as (
    select
        windows.window_end,
        places.stage,
        places.segment,
        ratio(
            sum(opening_balance * extract(day from month_end(period_month)) + days_changed), sum(exited)
        ) as wait_days,
        cast(sum(opening_balance + entered - exited) filter (where period_month = last_month) as bigint)
            as open_records
    from windows
    inner join place_months
        on windows.first_month <= place_months.period_month and windows.last_month >= place_months.period_month
    inner join places on place_months.place = places.place
    group by windows.window_end, places.stage, places.segment
),
capacities as (
    select windows.window_end, dim_reps.department, cast(sum(dim_reps.capacity) as bigint) as capacity
    from windows
    inner join warehouse.marts.dim_reps
        on
            windows.window_end >= dim_reps.started_on
            and (dim_reps.ended_on is null or windows.window_end < dim_reps.ended_on)
    group by windows.window_end, dim_reps.department
),
average_wins as (
    select
        windows.window_end,
        wins.segment,
        count(*) as average_win_count,
        cast(ratio(sum(wins.amount_at_close), count(*)) as decimal(18, 2)) as average_win_amount
    from windows
    inner join (
        select segment, month_of(local_date(closed_at)) as won_month, amount_at_close
        from warehouse.marts.fct_opportunities
        where status = 'won' and amount_at_close > 0
    ) as wins
        on windows.won_first_month <= wins.won_month and windows.last_month >= wins.won_month
    group by windows.window_end, wins.segment
),
measured as (
    select
        changes.*,
        ratio(changes.reached_next, changes.n) as conversion,
        ratio(changes.previous_reached_next, changes.previous_n) as previous_conversion,
        cast(targets.target as double) as target_conversion,
        changes.n * exp(cast(changes.log_later as double)) as wins_if_all_went_on,
        waits.wait_days,
        coalesce(waits.open_records, 0) as open_records,
        nullif(capacities.capacity, 0) as capacity,
        average_wins.average_win_amount,
        coalesce(average_wins.average_win_count, 0) as average_win_count,
        is_clearly_below(reached_next, n, previous_reached_next, previous_n)
        and is_apart_below(reached_next, n, history_reached_next, history_n, 2.5758293035489004e0) as has_fallen,
        is_clearly_below(previous_reached_next, previous_n, reached_next, n)
        and is_apart_below(history_reached_next, history_n, reached_next, n, 2.5758293035489004e0) as has_risen
    from win_changes as changes
    left join seeds.targets
        on
            targets.scope = 'segment'
            and targets.kpi = 'conversion'
            and changes.last_month = targets.period_month
            and changes.segment = targets.scope_id
            and changes.stage = targets.stage
    left join waits
        on
            changes.window_end = waits.window_end
            and changes.segment = waits.segment
            and changes.stage = waits.stage
    left join capacities on changes.window_end = capacities.window_end and changes.department = capacities.department
    left join average_wins on changes.window_end = average_wins.window_end and changes.segment = average_wins.segment
)
select
    *,
    wins_if_all_went_on * (previous_conversion - conversion) as wins_lost,
    wins_if_all_went_on * (target_conversion - conversion) as target_wins_lost,
    cast(wins_lost as decimal(18, 6)) as lost_wins,
    cast(wins_lost * cast(average_win_amount as double) as decimal(18, 2)) as lost_amount,
    cast(target_wins_lost as decimal(18, 6)) as target_lost_wins,
    cast(target_wins_lost * cast(average_win_amount as double) as decimal(18, 2)) as target_lost_amount
from measured;

create table warehouse.marts.kpi_bottlenecks as
with ranked as (
    select
        *,
        case when has_fallen then row_number() over (
            partition by window_end, has_fallen
            order by lost_amount desc nulls last, lost_wins desc, segment, stage
        ) end as bottleneck_rank,
        n > 0 and previous_n > 0 as is_comparable
    from priced
),
worded as (
    select
        *,
        capitalised(stage) || ' to ' || next_stage || ' in ' || segment as step,
        case
            when not is_comparable then null
            when percent(previous_reached_next, previous_n) = percent(reached_next, n)
                then
                    cast(percent_tenths(previous_reached_next, previous_n) as varchar) || ' to '
                    || cast(percent_tenths(reached_next, n) as varchar) || ' %'
            else
                cast(percent(previous_reached_next, previous_n) as varchar) || ' to '
                || cast(percent(reached_next, n) as varchar) || ' %'
        end as change,
        tenths(abs(lost_wins)) || ' wins' || coalesce(', ' || with_thousands(round(abs(lost_amount), 0)), '') as price
    from ranked
)
select
    window_end,
    segment,
    stage,
    conversion,
    previous_conversion,
    target_conversion,
    lost_wins,
    lost_amount,
    win_change_share,
    wait_days,
    ratio(open_records, capacity) as load_per_capacity,
    case when reached_next = 0 and n > 0 then 0 else wilson_bound(reached_next, n, -1.959963984540054e0) end
        as rate_low,
    case when reached_next = n and n > 0 then 1 else wilson_bound(reached_next, n, 1.959963984540054e0) end
        as rate_high,
    n,
    cast(bottleneck_rank as integer) as bottleneck_rank,
    case
        when n = 0 then capitalised(stage) || ' was reached by nobody in ' || segment
        when not is_comparable then capitalised(stage) || ' was reached by nobody in ' || segment || ' before'
        when has_fallen then step || ' fell from ' || change || ', costing ' || price
        when has_risen then step || ' rose from ' || change || ', bringing ' || price
        else step || ' went from ' || change || ' of ' || with_thousands(n) || ', no clear change'
    end as sentence,
    next_stage,
    reached_next,
    previous_n,
    previous_reached_next,
    target_lost_wins,
    target_lost_amount,
    average_win_amount,
    average_win_count,
    win_change,
    lead_change_share,
    open_records,
    capacity
from worded;
