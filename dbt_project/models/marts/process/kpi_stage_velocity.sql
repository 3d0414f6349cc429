with transitions as (
    select * from {{ ref('fct_stage_transitions') }}
),

dates as (
    select * from {{ ref('dim_dates') }}
),

histogram as (
    select
        dates.fiscal_quarter_starts_on as cohort_quarter,
        transitions.to_stage as stage,
        transitions.segment,
        {{ days_between('transitions.entered_on', 'coalesce(transitions.exited_on, ' ~ as_of_date() ~ ')') }} as days,
        count(*) as stays,
        count(transitions.exited_on) as exits,
        count(*) - count(transitions.exited_on) as censored,
        sum(case when transitions.exited_at = transitions.entered_at then 1 else 0 end) as momentary
    from transitions
    inner join dates on transitions.entered_on = dates.date_day
    group by
        dates.fiscal_quarter_starts_on,
        transitions.to_stage,
        transitions.segment,
        {{ days_between('transitions.entered_on', 'coalesce(transitions.exited_on, ' ~ as_of_date() ~ ')') }}
),

cohorts as (
    select
        cohort_quarter,
        stage,
        segment,
        cast(sum(stays) as bigint) as stays,
        cast(sum(censored) as bigint) as open_stays,
        cast(sum(momentary) as bigint) as momentary_stays,
        max(case when censored > 0 then days end) as oldest_open_days
    from histogram
    group by cohort_quarter, stage, segment
),

quartiles as (
    select * from {{ kaplan_meier('histogram', ['cohort_quarter', 'stage', 'segment']) }} as survived
),

timed as (
    select
        cohorts.cohort_quarter,
        cohorts.stage,
        cohorts.segment,
        cohorts.stays,
        cohorts.open_stays,
        cohorts.momentary_stays,
        cast(quartiles.p25_days as integer) as p25_days,
        cast(quartiles.median_days as integer) as median_days,
        cast(quartiles.p75_days as integer) as p75_days,
        cast(cohorts.oldest_open_days as integer) as oldest_open_days
    from cohorts
    left join quartiles
        on
            cohorts.cohort_quarter = quartiles.cohort_quarter
            and cohorts.stage = quartiles.stage
            and cohorts.segment = quartiles.segment
)

select * from timed
