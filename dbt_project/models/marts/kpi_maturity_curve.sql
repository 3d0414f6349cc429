with transitions as (
    select * from {{ ref('fct_stage_transitions') }}
),

milestones as (
    select * from {{ ref('fct_stage_milestones') }}
    where cycle_number = 1 and stage in ({{ maturity_milestones() }})
),

stages as (
    select stage from {{ ref('int_stages_coded') }}
    where stage in ({{ maturity_milestones() }})
),

captured as (
    select
        lead_id,
        segment,
        {{ local_date('entered_at') }} as captured_on
    from transitions
    where transition_number = 1
),

aged as (
    select
        milestones.stage as milestone,
        captured.segment,
        {{ month_of('captured.captured_on') }} as cohort_month,
        cast(floor(
            {{ days_between('captured.captured_on', local_date('milestones.reached_at')) }}
            / cast({{ var('maturity_period_days') }} as double)
        ) as integer) as age_period
    from captured
    inner join milestones on captured.lead_id = milestones.lead_id
),

cohorts as (
    select
        segment,
        {{ month_of('captured_on') }} as cohort_month,
        count(*) as leads
    from captured
    group by segment, {{ month_of('captured_on') }}
),

cohorts_and_all as (
    select
        segment,
        cohort_month,
        leads as cohort_leads
    from cohorts
    union all
    select
        'all' as segment,
        cohort_month,
        sum(leads) as cohort_leads
    from cohorts
    group by cohort_month
),

converted as (
    select
        milestone,
        segment,
        cohort_month,
        age_period,
        count(*) as leads
    from aged
    group by milestone, segment, cohort_month, age_period
    union all
    select
        milestone,
        'all' as segment,
        cohort_month,
        age_period,
        count(*) as leads
    from aged
    group by milestone, cohort_month, age_period
),

-- The oldest cohort of a slice is the one that has observed most.
slices as (
    select
        segment,
        greatest(
            cast(floor(
                {{ days_between(month_end('min(cohort_month)'), as_of_date()) }}
                / cast({{ var('maturity_period_days') }} as double)
            ) as integer) - 1,
            0
        ) as last_age
    from cohorts_and_all
    group by segment
),

ages as (
    select ages.n as age_period
    from {{ number_series("(select max(last_age) from slices)") }} as ages
),

cells as (
    select
        cohorts_and_all.cohort_month,
        stages.stage as milestone,
        ages.age_period,
        cohorts_and_all.segment,
        cohorts_and_all.cohort_leads,
        {{ days_after(
            month_end('cohorts_and_all.cohort_month'),
            '(ages.age_period + 1) * ' ~ var('maturity_period_days')
        ) }} <= {{ as_of_date() }} as is_observed
    from cohorts_and_all
    inner join slices on cohorts_and_all.segment = slices.segment
    inner join ages on slices.last_age >= ages.age_period
    cross join stages
),

counted as (
    select
        cells.*,
        sum(coalesce(converted.leads, 0)) over (
            partition by cells.milestone, cells.segment, cells.cohort_month
            order by cells.age_period
            rows between unbounded preceding and current row
        ) as converted_so_far
    from cells
    left join converted
        on
            cells.milestone = converted.milestone
            and cells.segment = converted.segment
            and cells.cohort_month = converted.cohort_month
            and cells.age_period = converted.age_period
),

rated as (
    select
        cohort_month,
        milestone,
        age_period,
        segment,
        cast(cohort_leads as bigint) as cohort_leads,
        case when is_observed then cast(converted_so_far as bigint) end as converted,
        case when is_observed then {{ ratio('converted_so_far', 'cohort_leads') }} end as rate,
        is_observed
    from counted
)

select * from rated
