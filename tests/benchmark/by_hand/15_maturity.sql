create table warehouse.marts.kpi_maturity_curve as
with recursive captured as (
    select moves.lead_row, lead_slices.segment, local_date(moves.entered_at) as captured_on
    from moves
    inner join lead_slices on moves.lead_row = lead_slices.lead_row
    where moves.transition_number = 1
),
aged as (
    select
        milestones.stage as milestone,
        captured.segment,
        month_of(captured.captured_on) as cohort_month,
        cast(floor(
            date_diff('day', captured.captured_on, milestones.reached_on)
            / cast(getvariable('maturity_period_days') as double)
        ) as integer) as age_period,
        count(*) as leads
    from captured
    inner join milestones on captured.lead_row = milestones.lead_row
    where milestones.cycle_number = 1 and milestones.stage in ('mql', 'p1', 'onboarding')
    group by all
),
cohorts as (
    select segment, month_of(captured_on) as cohort_month, count(*) as leads
    from captured
    group by all
),
cohorts_and_all as (
    select coalesce(segment, 'all') as segment, cohort_month, sum(leads) as cohort_leads
    from cohorts
    group by grouping sets ((segment, cohort_month), (cohort_month))
),
converted as (
    select milestone, coalesce(segment, 'all') as segment, cohort_month, age_period, sum(leads) as leads
    from aged
    group by grouping sets (
        (milestone, segment, cohort_month, age_period), (milestone, cohort_month, age_period)
    )
),
slices as (
    select
        segment,
        greatest(
            cast(floor(
                date_diff('day', month_end(min(cohort_month)), getvariable('today'))
                / cast(getvariable('maturity_period_days') as double)
            ) as integer) - 1,
            0
        ) as last_age
    from cohorts_and_all
    group by segment
),
cells as (
    select
        cohorts_and_all.cohort_month,
        stages.stage as milestone,
        ages.age_period,
        cohorts_and_all.segment,
        cohorts_and_all.cohort_leads,
        days_after(
            month_end(cohorts_and_all.cohort_month), (ages.age_period + 1) * getvariable('maturity_period_days')
        ) <= getvariable('today') as is_observed
    from cohorts_and_all
    inner join slices on cohorts_and_all.segment = slices.segment
    inner join (
        select cast(unnest(generate_series(0, (select max(last_age) from slices))) as integer) as age_period
    ) as ages on slices.last_age >= ages.age_period
    cross join stages
    where stages.stage in ('mql', 'p1', 'onboarding')
),
counted as (
    select
        cells.*,
        cast(coalesce(converted.leads, 0) as bigint) as newly_converted,
        cast(sum(coalesce(converted.leads, 0)) over (
            partition by cells.milestone, cells.segment, cells.cohort_month order by cells.age_period
            rows between unbounded preceding and current row
        ) as bigint) as converted
    from cells
    left join converted
        on
            cells.milestone = converted.milestone
            and cells.segment = converted.segment
            and cells.cohort_month = converted.cohort_month
            and cells.age_period = converted.age_period
),
observed as (
    select *, cohort_leads - converted + newly_converted as at_risk
    from counted
    where is_observed
),
hazards as (
    select milestone, segment, age_period, coalesce(ratio(sum(newly_converted), sum(at_risk)), 0) as hazard
    from observed
    group by all
),
curves as (
    select *, cast(1 as double) as share_before, 1 - hazard as share_left
    from hazards
    where age_period = 0
    union all
    select hazards.*, curves.share_left as share_before, curves.share_left * (1 - hazards.hazard) as share_left
    from curves
    inner join hazards
        on
            curves.milestone = hazards.milestone
            and curves.segment = hazards.segment
            and curves.age_period + 1 = hazards.age_period
),
ends as (
    select milestone, segment, min(share_left) as share_left
    from curves
    group by all
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
    group by all
),
ages as (
    select
        milestone,
        segment,
        age_period,
        max(cohort) as last_cohort,
        cast(sum(at_risk) as double) as n,
        cast(sum(newly_converted) as double) as d,
        cast(coalesce(sum(at_risk) filter (cohort = 1), 0) as double) as n1,
        cast(coalesce(sum(newly_converted) filter (cohort = 1), 0) as double) as d1,
        cast(coalesce(sum(at_risk) filter (cohort = 2), 0) as double) as n2,
        cast(coalesce(sum(newly_converted) filter (cohort = 2), 0) as double) as d2,
        cast(coalesce(sum(at_risk) filter (cohort = 3), 0) as double) as n3
    from (
        select *, dense_rank() over (partition by milestone, segment order by cohort_month desc) as cohort
        from observed
        qualify cohort <= 3
    )
    group by milestone, segment, age_period
    having sum(at_risk) > 0
),
tests as (
    select
        milestone,
        segment,
        max(last_cohort) as cohorts,
        cast(sum(cast(d1 - d * n1 / n as decimal(28, 12))) as double) as surplus1,
        cast(sum(cast(d2 - d * n2 / n as decimal(28, 12))) as double) as surplus2,
        cast(sum(cast(scatter * n1 * (n - n1) as decimal(28, 12))) as double) as variance1,
        cast(sum(cast(scatter * n2 * (n - n2) as decimal(28, 12))) as double) as variance2,
        cast(sum(cast(scatter * n3 * (n - n3) as decimal(28, 12))) as double) as variance3,
        cast(sum(cast(-scatter * n1 * n2 as decimal(28, 12))) as double) as covariance
    from (select *, coalesce(d * (n - d) / nullif(n * n * (n - 1), 0), 0) as scatter from ages)
    group by all
),
drifts as (
    select
        milestone,
        segment,
        case
            when cohorts < 3 then null
            when variance1 > 0 and variance2 > 0 and variance3 > 0
                then (
                    surplus1 * surplus1 * variance2
                    - 2 * surplus1 * surplus2 * covariance
                    + surplus2 * surplus2 * variance1
                ) / (variance1 * variance2 - covariance * covariance) > 5.991464547107979e0
            when variance1 > 0 then surplus1 * surplus1 / variance1 > 3.841458820694124e0
            when variance2 > 0 then surplus2 * surplus2 / variance2 > 3.841458820694124e0
            else false
        end as is_drifting
    from tests
)
select
    counted.cohort_month,
    counted.milestone,
    counted.age_period,
    counted.segment,
    counted.cohort_leads,
    case when counted.is_observed then counted.converted end as converted,
    case when counted.is_observed then ratio(counted.converted, counted.cohort_leads) end as rate,
    counted.is_observed,
    case
        when not counted.is_observed then null
        when counted.converted = 0 then 0
        else wilson_bound(counted.converted, counted.cohort_leads, -1.959963984540054e0)
    end as rate_low,
    case
        when not counted.is_observed then null
        when counted.converted = counted.cohort_leads then 1
        else wilson_bound(counted.converted, counted.cohort_leads, 1.959963984540054e0)
    end as rate_high,
    1 - curves.share_left as expected_rate,
    coalesce(standings.converted, 0) + coalesce(
        (counted.cohort_leads - coalesce(standings.converted, 0))
        * (coalesce(standings.share_left, 1) - ends.share_left) / nullif(coalesce(standings.share_left, 1), 0),
        case when ends.share_left is not null then 0 end
    ) as expected_ultimate,
    case
        when counted.is_observed then counted.cohort_leads - counted.converted + counted.newly_converted
        else
            (counted.cohort_leads - coalesce(standings.converted, 0))
            * coalesce(curves.share_before / nullif(coalesce(standings.share_left, 1), 0), 0)
    end * curves.hazard as expected_new,
    drifts.is_drifting
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
left join drifts on counted.milestone = drifts.milestone and counted.segment = drifts.segment;
