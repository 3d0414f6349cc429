{% set in_window = 'conversions.cohort_month >= windows.first_month' %}
{% set before_it = 'conversions.cohort_month >= windows.previous_first_month and not ' ~ in_window %}
{% set now = ('settled.reached_next', 'settled.n') %}
{% set before = ('settled.previous_reached_next', 'settled.previous_n') %}
{% set history = ('settled.history_reached_next', 'settled.history_n') %}

with conversions as (
    select * from {{ ref('kpi_stage_conversion') }}
    where lead_source = 'all' and is_mature_90d and {{ is_complete('cohort_month') }}
),

stages as (
    select * from {{ ref('int_stages_numbered') }}
    where is_success
),

departments as (
    select * from {{ ref('dim_stages') }}
),

daily as (
    select * from {{ ref('kpi_stage_daily') }}
),

reps as (
    select * from {{ ref('dim_reps') }}
),

targets as (
    select * from {{ ref('targets') }}
    where scope = 'segment' and kpi = 'conversion'
),

opportunities as (
    select * from {{ ref('fct_opportunities') }}
    where status = {{ won_status() }} and amount_at_close > 0
),

won_stages as (
    select stage_number from stages
    where stage = {{ won_stage() }}
),

first_stages as (
    select min(stage_number) as stage_number from stages
),

steps as (
    select
        stages.stage,
        next_stages.stage as next_stage,
        coalesce(departments.label_en, stages.stage) as label,
        coalesce(next_departments.label_en, next_stages.stage) as next_label,
        stages.stage_number,
        stages.stage_number = first_stages.stage_number as is_first,
        departments.department
    from stages
    inner join stages as next_stages on stages.next_stage = next_stages.stage
    inner join departments on stages.stage = departments.stage
    inner join departments as next_departments on next_stages.stage = next_departments.stage
    inner join won_stages on stages.stage_number < won_stages.stage_number
    cross join first_stages
),

months as (
    select distinct {{ month_of('days.date_day') }} as month
    from {{ day_series(
        "(select min(cohort_month) from conversions)", "(select max(cohort_month) from conversions)"
    ) }} as days
),

possible_windows as (
    select
        {{ month_end('month') }} as window_end,
        {{ months_after('month', 1 - bottleneck_months()) }} as first_month,
        month as last_month,
        {{ months_after('month', 1 - 2 * bottleneck_months()) }} as previous_first_month,
        {{ months_after('month', 1 - bottleneck_months() - history_months()) }} as history_first_month
    from months
    where {{ months_after('month', 1 - 2 * bottleneck_months()) }} >= (
        select min(conversions.cohort_month) from conversions
    )
),

-- Of years in which nobody came there is nothing to say.
windows as (
    select distinct possible_windows.*
    from possible_windows
    inner join conversions
        on
            possible_windows.previous_first_month <= conversions.cohort_month
            and possible_windows.last_month >= conversions.cohort_month
),

segments as (
    select distinct segment from conversions
),

counted as (
    select
        windows.window_end,
        windows.last_month,
        segments.segment,
        steps.stage,
        steps.next_stage,
        steps.label,
        steps.next_label,
        steps.stage_number,
        steps.is_first,
        steps.department,
        {{ total_of('conversions.cycles', in_window) }} as n,
        {{ total_of('conversions.reached_next_90d', in_window) }} as reached_next,
        {{ total_of('conversions.cycles', before_it) }} as previous_n,
        {{ total_of('conversions.reached_next_90d', before_it) }} as previous_reached_next,
        {{ total_of('conversions.cycles', 'not ' ~ in_window) }} as history_n,
        {{ total_of('conversions.reached_next_90d', 'not ' ~ in_window) }} as history_reached_next
    from windows
    cross join segments
    cross join steps
    left join conversions
        on
            steps.stage = conversions.stage
            and segments.segment = conversions.segment
            and windows.history_first_month <= conversions.cohort_month
            and windows.last_month >= conversions.cohort_month
    group by
        windows.window_end,
        windows.last_month,
        segments.segment,
        steps.stage,
        steps.next_stage,
        steps.label,
        steps.next_label,
        steps.stage_number,
        steps.is_first,
        steps.department
),

-- Only logarithms of rates are added up: half a case stands in where nobody went on, or no lead came. Of a stage that
-- nobody reached in one of the windows nothing is known then: it counts as unchanged.
smoothed as (
    select
        *,
        case when n > 0 then greatest(reached_next, 0.5e0) / (case when reached_next = 0 then n + 1 else n end) end
            as smooth_rate,
        case
            when previous_n > 0
                then
                    greatest(previous_reached_next, 0.5e0)
                    / (case when previous_reached_next = 0 then previous_n + 1 else previous_n end)
        end as previous_smooth_rate
    from counted
),

logs as (
    select
        *,
        cast(ln(coalesce(smooth_rate, previous_smooth_rate, 1)) as decimal(28, 18)) as log_rate,
        cast(ln(coalesce(previous_smooth_rate, smooth_rate, 1)) as decimal(28, 18)) as previous_log_rate,
        cast(case when is_first then ln(greatest(n, 0.5e0)) else 0 end as decimal(28, 18)) as log_leads,
        cast(
            case when is_first then ln(greatest(previous_n, 0.5e0)) else 0 end as decimal(28, 18)
        ) as previous_log_leads
    from smoothed
),

chained as (
    select
        *,
        coalesce(sum(log_rate) over later_stages, 0) as log_later,
        sum(log_leads + log_rate) over all_stages as log_wins,
        sum(previous_log_leads + previous_log_rate) over all_stages as previous_log_wins
    from logs
    window
        all_stages as (partition by window_end, segment),
        later_stages as (
            partition by window_end, segment
            order by stage_number
            rows between 1 following and unbounded following
        )
),

-- The logarithmic mean of the wins of both windows; near each other their geometric mean, which then is the same.
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
        cast(
            mean_wins * cast(log_leads - previous_log_leads as double) as decimal(18, 6)
        ) as lead_change_share
    from averaged
),

-- What the rounding of the shares leaves over is the last stage's.
settled as (
    select
        *,
        share + case
            when stage_number = max(stage_number) over (partition by window_end, segment)
                then win_change - sum(share) over (partition by window_end, segment)
            else 0
        end as win_change_share
    from shared
),

flows as (
    select
        {{ month_of('date_day') }} as month,
        stage,
        segment,
        sum(balance) as balance_days,
        sum(exited) as exits,
        sum(case when date_day = {{ month_end('date_day') }} then balance else 0 end) as closing_balance
    from daily
    group by {{ month_of('date_day') }}, stage, segment
),

waits as (
    select
        windows.window_end,
        flows.stage,
        flows.segment,
        sum(flows.balance_days) as balance_days,
        sum(flows.exits) as exits,
        cast(
            sum(case when flows.month = windows.last_month then flows.closing_balance else 0 end) as bigint
        ) as open_records
    from windows
    inner join flows on windows.first_month <= flows.month and windows.last_month >= flows.month
    group by windows.window_end, flows.stage, flows.segment
),

capacities as (
    select
        windows.window_end,
        reps.department,
        cast(sum(reps.capacity) as bigint) as capacity
    from windows
    inner join reps
        on
            windows.window_end >= reps.started_on
            and (reps.ended_on is null or windows.window_end < reps.ended_on)
    group by windows.window_end, reps.department
),

won_months as (
    select
        segment,
        {{ month_of(local_date('closed_at')) }} as month,
        count(*) as wins,
        sum(amount_at_close) as amount
    from opportunities
    group by segment, {{ month_of(local_date('closed_at')) }}
),

average_wins as (
    select
        windows.window_end,
        won_months.segment,
        cast(sum(won_months.wins) as bigint) as average_win_count,
        cast({{ ratio('sum(won_months.amount)', 'sum(won_months.wins)') }} as decimal(18, 2)) as average_win_amount
    from windows
    inner join won_months
        on
            {{ months_after('windows.last_month', 1 - average_win_months()) }} <= won_months.month
            and windows.last_month >= won_months.month
    group by windows.window_end, won_months.segment
),

measured as (
    select
        settled.window_end,
        settled.segment,
        settled.stage,
        settled.next_stage,
        settled.label,
        settled.next_label,
        settled.n,
        settled.reached_next,
        {{ ratio('settled.reached_next', 'settled.n') }} as conversion,
        {{ wilson_low('settled.reached_next', 'settled.n') }} as rate_low,
        {{ wilson_high('settled.reached_next', 'settled.n') }} as rate_high,
        settled.previous_n,
        settled.previous_reached_next,
        {{ ratio('settled.previous_reached_next', 'settled.previous_n') }} as previous_conversion,
        cast(targets.target as double) as target_conversion,
        settled.n * exp(cast(settled.log_later as double)) as wins_if_all_went_on,
        settled.win_change,
        settled.win_change_share,
        settled.lead_change_share,
        {{ ratio('waits.balance_days', 'waits.exits') }} as wait_days,
        coalesce(waits.open_records, 0) as open_records,
        nullif(capacities.capacity, 0) as capacity,
        average_wins.average_win_amount,
        coalesce(average_wins.average_win_count, 0) as average_win_count,
        {{ is_clearly_below(now, before) }} and {{ is_surely_below(now, history) }} as has_fallen,
        {{ is_clearly_below(before, now) }} and {{ is_surely_below(history, now) }} as has_risen
    from settled
    left join targets
        on
            settled.last_month = targets.period_month
            and settled.segment = targets.scope_id
            and settled.stage = targets.stage
    left join waits
        on
            settled.window_end = waits.window_end
            and settled.segment = waits.segment
            and settled.stage = waits.stage
    left join capacities
        on settled.window_end = capacities.window_end and settled.department = capacities.department
    left join average_wins
        on settled.window_end = average_wins.window_end and settled.segment = average_wins.segment
),

priced as (
    select
        *,
        cast(wins_if_all_went_on * (previous_conversion - conversion) as decimal(18, 6)) as lost_wins,
        cast(
            wins_if_all_went_on * (previous_conversion - conversion) * cast(average_win_amount as double)
            as decimal(18, 2)
        ) as lost_amount,
        cast(wins_if_all_went_on * (target_conversion - conversion) as decimal(18, 6)) as target_lost_wins,
        cast(
            wins_if_all_went_on * (target_conversion - conversion) * cast(average_win_amount as double)
            as decimal(18, 2)
        ) as target_lost_amount
    from measured
),

ranked as (
    select
        *,
        case
            when has_fallen
                then row_number() over (
                    partition by window_end, has_fallen
                    order by lost_amount desc nulls last, lost_wins desc, segment asc, stage asc
                )
        end as bottleneck_rank
    from priced
),

worded as (
    select
        *,
        {{ capitalised('label') }} || ' to ' || {{ within_a_sentence('next_label') }} || ' in ' || segment as step,
        case
            when {{ percent('previous_reached_next', 'previous_n') }} = {{ percent('reached_next', 'n') }}
                then
                    cast({{ percent('previous_reached_next', 'previous_n', 1) }} as varchar)
                    || ' to ' || cast({{ percent('reached_next', 'n', 1) }} as varchar) || ' %'
            else
                cast({{ percent('previous_reached_next', 'previous_n') }} as varchar)
                || ' to ' || cast({{ percent('reached_next', 'n') }} as varchar) || ' %'
        end as change,
        {{ tenths('abs(lost_wins)') }} || ' wins'
        || coalesce(', ' || {{ with_thousands('round(abs(lost_amount), 0)') }}, '') as price
    from ranked
    where n > 0 and previous_n > 0
),

told as (
    select
        ranked.window_end,
        ranked.segment,
        ranked.stage,
        ranked.conversion,
        ranked.previous_conversion,
        ranked.target_conversion,
        ranked.lost_wins,
        ranked.lost_amount,
        cast(ranked.win_change_share as decimal(18, 6)) as win_change_share,
        ranked.wait_days,
        {{ ratio('ranked.open_records', 'ranked.capacity') }} as load_per_capacity,
        ranked.rate_low,
        ranked.rate_high,
        ranked.n,
        cast(ranked.bottleneck_rank as integer) as bottleneck_rank,
        ranked.window_end = max(ranked.window_end) over () as is_latest,
        case
            when ranked.n = 0 then {{ capitalised('ranked.label') }} || ' was reached by nobody in ' || ranked.segment
            when worded.step is null
                then {{ capitalised('ranked.label') }} || ' was reached by nobody in ' || ranked.segment || ' before'
            when ranked.has_fallen then worded.step || ' fell from ' || worded.change || ', costing ' || worded.price
            when ranked.has_risen then worded.step || ' rose from ' || worded.change || ', bringing ' || worded.price
            else
                worded.step || ' went from ' || worded.change || ' of ' || {{ with_thousands('ranked.n') }}
                || ', no clear change'
        end as sentence,
        ranked.next_stage,
        ranked.reached_next,
        ranked.previous_n,
        ranked.previous_reached_next,
        ranked.target_lost_wins,
        ranked.target_lost_amount,
        ranked.average_win_amount,
        ranked.average_win_count,
        ranked.win_change,
        ranked.lead_change_share,
        ranked.open_records,
        ranked.capacity
    from ranked
    left join worded
        on
            ranked.window_end = worded.window_end
            and ranked.segment = worded.segment
            and ranked.stage = worded.stage
)

select * from told
