with recursive transitions as (
    select * from {{ ref('fct_stage_transitions') }}
),

milestones as (
    select * from {{ ref('fct_stage_milestones') }}
    where cycle_number = 1 and stage in ({{ maturity_milestones() }})
),

stages as (
    select stage from {{ ref('int_stages_numbered') }}
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
        cast(cohorts_and_all.cohort_leads as bigint) as cohort_leads,
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
        cast(coalesce(converted.leads, 0) as bigint) as newly_converted,
        cast(
            sum(coalesce(converted.leads, 0)) over (
                partition by cells.milestone, cells.segment, cells.cohort_month
                order by cells.age_period
                rows between unbounded preceding and current row
            ) as bigint
        ) as converted
    from cells
    left join converted
        on
            cells.milestone = converted.milestone
            and cells.segment = converted.segment
            and cells.cohort_month = converted.cohort_month
            and cells.age_period = converted.age_period
),

observed as (
    select
        *,
        cohort_leads - converted + newly_converted as at_risk
    from counted
    where is_observed
),

-- What the cohorts of a slice that have come of an age tell of it together.
hazards as (
    select
        milestone,
        segment,
        age_period,
        {{ ratio('sum(newly_converted)', 'sum(at_risk)') }} as hazard
    from observed
    group by milestone, segment, age_period
),

-- Factor by factor, so that the product is the same to the last digit whatever else is reckoned beside it.
curves as (
    select
        milestone,
        segment,
        age_period,
        coalesce(hazard, 0) as hazard,
        cast(1 as double) as share_before,
        1 - coalesce(hazard, 0) as share_left
    from hazards
    where age_period = 0
    union all
    select
        hazards.milestone,
        hazards.segment,
        hazards.age_period,
        coalesce(hazards.hazard, 0) as hazard,
        curves.share_left as share_before,
        curves.share_left * (1 - coalesce(hazards.hazard, 0)) as share_left
    from curves
    inner join hazards
        on
            curves.milestone = hazards.milestone
            and curves.segment = hazards.segment
            and curves.age_period + 1 = hazards.age_period
),

-- A curve only falls: where it is lowest it has come to the greatest age of the slice, or the last of a cohort.
ends as (
    select
        milestone,
        segment,
        min(share_left) as share_left
    from curves
    group by milestone, segment
),

standings as (
    select
        observed.milestone,
        observed.segment,
        observed.cohort_month,
        max(observed.converted) as converted,
        min(curves.share_left) as share_left
    from observed
    inner join curves
        on
            observed.milestone = curves.milestone
            and observed.segment = curves.segment
            and observed.age_period = curves.age_period
    group by observed.milestone, observed.segment, observed.cohort_month
),

-- The cohorts of a slice from the newest observed one back.
numbered as (
    select
        milestone,
        segment,
        age_period,
        at_risk,
        newly_converted as events,
        dense_rank() over (partition by milestone, segment order by cohort_month desc) as group_number
    from observed
),

last_cohorts as (
    select * from numbered
    where group_number <= 3
),

drifts as (
    select * from {{ log_rank('last_cohorts', ['milestone', 'segment'], 'age_period') }} as compared
),

placed as (
    select
        counted.*,
        curves.hazard,
        1 - curves.share_left as expected_rate,
        coalesce(standings.converted, 0) as converted_last,
        coalesce(standings.share_left, 1) as share_left_last,
        ends.share_left as share_left_ultimately,
        case
            when counted.is_observed then counted.cohort_leads - counted.converted + counted.newly_converted
            else
                (counted.cohort_leads - coalesce(standings.converted, 0))
                * coalesce(curves.share_before / nullif(coalesce(standings.share_left, 1), 0), 0)
        end as at_risk,
        drifts.is_different as is_drifting
    from counted
    left join curves
        on
            counted.milestone = curves.milestone
            and counted.segment = curves.segment
            and counted.age_period = curves.age_period
    left join ends on counted.milestone = ends.milestone and counted.segment = ends.segment
    left join standings
        on
            counted.milestone = standings.milestone
            and counted.segment = standings.segment
            and counted.cohort_month = standings.cohort_month
    left join drifts on counted.milestone = drifts.milestone and counted.segment = drifts.segment
),

rated as (
    select
        cohort_month,
        milestone,
        age_period,
        (age_period + 1) * {{ var('maturity_period_days') }} as age_days,
        segment,
        cohort_leads,
        case when is_observed then converted end as converted,
        case when is_observed then {{ ratio('converted', 'cohort_leads') }} end as rate,
        is_observed,
        case when is_observed then {{ wilson_low('converted', 'cohort_leads') }} end as rate_low,
        case when is_observed then {{ wilson_high('converted', 'cohort_leads') }} end as rate_high,
        expected_rate,
        converted_last + coalesce(
            (cohort_leads - converted_last) * (share_left_last - share_left_ultimately) / nullif(share_left_last, 0),
            case when share_left_ultimately is not null then 0 end
        ) as expected_ultimate,
        at_risk * hazard as expected_new,
        is_drifting
    from placed
)

select * from rated
