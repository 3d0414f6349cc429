create macro spread_of(deviation, of_chance) as greatest(1.4826e0 * deviation, sqrt(of_chance));

-- Entries into a stage by whole week, of each segment and of the company, against the quarter before and the year.
create temp table moved_weeks as
with entries as (
    select
        slices.segment,
        flows.reach,
        cast(date_trunc('week', date_day) as date) as week_starts_on,
        sum(entered) as entered
    from flows
    inner join slices on flows.slice = slices.slice
    group by all
),
scoped as (
    select week_starts_on, reach, 'segment' as scope, segment as scope_id, entered from entries
    union all
    select week_starts_on, reach, 'company' as scope, 'all' as scope_id, sum(entered) as entered from entries
    group by week_starts_on, reach
),
weeks as (
    select places.*, cast(unnest(generate_series(
        (select cast(date_trunc('week', min(date_day) + 6) as date) from flows),
        days_after(getvariable('today'), -7),
        interval 7 day
    )) as date) as week_starts_on
    from (
        select distinct reach, scope, scope_id from scoped
        where entered > 0
    ) as places
),
usual as (
    select
        weeks.*,
        cast(coalesce(scoped.entered, 0) as bigint) as value,
        median(value) over quarter_before as median_value,
        mad(value) over quarter_before as deviation,
        count(*) over quarter_before as weeks_known
    from weeks
    left join scoped
        on
            weeks.reach = scoped.reach
            and weeks.scope = scoped.scope
            and weeks.scope_id = scoped.scope_id
            and weeks.week_starts_on = scoped.week_starts_on
    window quarter_before as (
        partition by weeks.reach, weeks.scope, weeks.scope_id order by weeks.week_starts_on
        rows between 13 preceding and 1 preceding
    )
),
seasoned as (
    select
        usual.*,
        spread_of(usual.deviation, usual.median_value) * 4 as reach_of_usual,
        coalesce(
            case
                when a_year_before.median_value >= 30
                    then usual.median_value * cast(a_year_before.value as double) / a_year_before.median_value
            end,
            usual.median_value
        ) as seasonal_value
    from usual
    left join usual as a_year_before
        on
            usual.reach = a_year_before.reach
            and usual.scope = a_year_before.scope
            and usual.scope_id = a_year_before.scope_id
            and days_after(usual.week_starts_on, -364) = a_year_before.week_starts_on
            and a_year_before.weeks_known = 13
    where usual.weeks_known = 13 and usual.median_value >= 30
),
ranged as (
    select
        *,
        greatest(least(median_value, seasonal_value) - reach_of_usual, 0) as usual_low,
        greatest(median_value, seasonal_value) + reach_of_usual as usual_high
    from seasoned
)
select ranged.*, stages.stage, stages.success_position, ranged.value > ranged.usual_high as is_above
from ranged
inner join stages on ranged.reach = stages.reach
where
    (ranged.value < ranged.usual_low or ranged.value > ranged.usual_high)
    and stages.stage not in ('renewed', 'churned');

create temp table begun_weeks as
select * from moved_weeks as moved
where not exists (
    select 1 from moved_weeks as earlier
    where
        moved.reach = earlier.reach
        and moved.scope = earlier.scope
        and moved.scope_id = earlier.scope_id
        and moved.is_above = earlier.is_above
        and moved.week_starts_on > earlier.week_starts_on
        and days_after(moved.week_starts_on, -28) <= earlier.week_starts_on
);

-- Rates by month, each against the year before.
create temp table moved_rates as
with rates as (
    select
        cohort_month as period_month,
        days_after(month_end(cohort_month), 30) as known_on,
        stage || '_conversion_30d' as kpi,
        'segment' as scope,
        segment as scope_id,
        reached_next_30d as numerator,
        cycles as denominator,
        'of ' || with_thousands(cycles) || ' that reached ' || stage || ' in ' || segment || ' in '
        || left(cast(cohort_month as varchar), 7) || ' went on within 30 days' as what
    from warehouse.marts.kpi_stage_conversion
    where lead_source = 'all' and is_mature_30d and cycles >= 30
    union all
    select
        period_month,
        month_end(period_month) as known_on,
        'logo_churn_rate' as kpi,
        'company' as scope,
        'all' as scope_id,
        lost_customers as numerator,
        opening_customers as denominator,
        'of ' || with_thousands(opening_customers) || ' customers were lost in '
        || left(cast(period_month as varchar), 7) as what
    from warehouse.marts.kpi_mrr_monthly
    where month_end(period_month) < getvariable('today') and opening_customers >= 30
),
usual as (
    select
        *,
        ratio(numerator, denominator) as value,
        median(value) over year_before as median_value,
        mad(value) over year_before as deviation,
        count(*) over year_before as months_known
    from rates
    window year_before as (
        partition by kpi, scope_id order by period_month
        range between interval 12 month preceding and interval 1 month preceding
    )
),
chances as (
    select *, (median_value * denominator + 0.5e0) / (denominator + 1) as chance
    from usual
    where months_known >= 6
),
ranged as (
    select
        *,
        4 * spread_of(deviation, chance * (1 - chance) / denominator) as reach_of_usual,
        greatest(median_value - reach_of_usual, 0) as usual_low,
        least(median_value + reach_of_usual, 1) as usual_high
    from chances
)
select *, value > usual_high as is_above
from ranged
where value < usual_low or value > usual_high;

create table warehouse.marts.fct_alerts as
select
    days_after(week_starts_on, 6) as alert_date,
    stage || '_entered' as kpi,
    scope,
    scope_id,
    week_starts_on as period_start,
    value as numerator,
    cast(null as bigint) as denominator,
    cast(value as double) as value,
    median_value,
    usual_low,
    usual_high,
    with_thousands(value) || ' leads ' || case when scope = 'segment' then 'of ' || scope_id || ' ' else '' end
    || 'entered ' || stage || ' in the week to ' || cast(days_after(week_starts_on, 6) as varchar) || ', usual are '
    || with_thousands(ceil(usual_low)) || ' to ' || with_thousands(floor(usual_high)) as sentence
from begun_weeks as begun
where not exists (
    select 1 from begun_weeks as earlier
    where
        begun.is_above = earlier.is_above
        and begun.week_starts_on >= earlier.week_starts_on
        and days_after(begun.week_starts_on, -28) <= earlier.week_starts_on
        and (earlier.scope = 'company' or begun.scope_id = earlier.scope_id)
        and (
            begun.success_position > earlier.success_position
            or (begun.success_position is null and earlier.success_position is not null)
            or (begun.stage = earlier.stage and begun.scope <> earlier.scope)
        )
)
union all
select
    known_on as alert_date,
    kpi,
    scope,
    scope_id,
    period_month as period_start,
    numerator,
    denominator,
    value,
    median_value,
    usual_low,
    usual_high,
    cast(percent_tenths(numerator, denominator) as varchar) || ' % ' || what || ', usual are '
    || tenths(100 * usual_low) || ' to ' || tenths(100 * usual_high) || ' %' as sentence
from moved_rates as moved
where not exists (
    select 1 from moved_rates as earlier
    where
        moved.kpi = earlier.kpi
        and moved.scope_id = earlier.scope_id
        and moved.is_above = earlier.is_above
        and moved.period_month = earlier.period_month + interval 1 month
);
