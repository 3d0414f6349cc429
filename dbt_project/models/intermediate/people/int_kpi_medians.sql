with stays as (
    select * from {{ ref('int_sla_stays') }}
    where stage = {{ score_stage() }} and answered_at is not null
),

waits as (
    select * from {{ ref('int_sla_waits') }}
    where stage = {{ score_stage() }}
),

milestones as (
    select * from {{ ref('fct_stage_milestones') }}
    where stage in ({{ won_stage() }}, {{ adopted_stage() }})
),

wins as (
    select
        {{ month_of(local_date('closed_at')) }} as period_month,
        {{ credited_to('owner_id') }} as rep_id,
        days_open
    from {{ ref('fct_opportunities') }}
    where status = {{ won_status() }}
),

onboardings as (
    select
        won.reached_on,
        adopted.reached_at is not null as has_ended,
        {{ microseconds_between('won.reached_at', 'coalesce(adopted.reached_at, ' ~ as_of() ~ ')') }} as microseconds
    from milestones as won
    left join milestones as adopted
        on
            won.lead_id = adopted.lead_id
            and won.cycle_number = adopted.cycle_number
            and adopted.stage = {{ adopted_stage() }}
    where won.stage = {{ won_stage() }} and not won.was_skipped
),

durations as (
    select
        'response_hours_median' as kpi,
        {{ month_of(local_date('entered_at')) }} as period_month,
        answer_microseconds as microseconds,
        true as has_ended
    from stays
    union all
    select
        'response_hours_median' as kpi,
        {{ month_of(local_date('entered_at')) }} as period_month,
        waited_microseconds as microseconds,
        false as has_ended
    from waits
    union all
    select
        'onboarding_days_median' as kpi,
        {{ month_of('reached_on') }} as period_month,
        microseconds,
        has_ended
    from onboardings
),

histogram as (
    select
        kpi,
        period_month,
        microseconds,
        count(case when has_ended then 1 end) as exits,
        count(case when not has_ended then 1 end) as censored
    from durations
    group by kpi, period_month, microseconds
),

quartiles as (
    select * from {{ kaplan_meier('histogram', ['kpi', 'period_month'], 'microseconds') }} as quartiles
),

cases as (
    select
        kpi,
        period_month,
        sum(exits + censored) as cases
    from histogram
    group by kpi, period_month
),

medians as (
    select
        cases.period_month,
        cases.kpi,
        null as rep_id,
        quartiles.median_microseconds / cast(
            case cases.kpi when 'response_hours_median' then 3600000000 else 86400000000 end as double
        ) as actual,
        cases.cases
    from cases
    left join quartiles on cases.kpi = quartiles.kpi and cases.period_month = quartiles.period_month
    union all
    select
        period_month,
        'sales_cycle_days_median' as kpi,
        null as rep_id,
        {{ median('days_open') }} as actual,
        count(*) as cases
    from wins
    group by period_month
    union all
    select
        period_month,
        'sales_cycle_days_median' as kpi,
        rep_id,
        {{ median('days_open') }} as actual,
        count(*) as cases
    from wins
    group by period_month, rep_id
)

select
    period_month,
    kpi,
    rep_id,
    actual,
    {{ kpi_number('cases') }} as cases
from medians
