{% set conversion_days = conversion_windows()[0] %}
{% set season = 'usual.median_value * cast(a_year_before.value as double) / a_year_before.median_value' %}

with daily as (
    select * from {{ ref('kpi_stage_daily') }}
    where date_day < {{ as_of_date() }} and stage not in ({{ renewal_stage() }}, {{ churned_stage() }})
),

conversions as (
    select * from {{ ref('kpi_stage_conversion') }}
    where lead_source = 'all' and is_mature_30d and cycles >= {{ least_cases() }} and {{ is_complete('cohort_month') }}
),

revenue as (
    select * from {{ ref('kpi_mrr_monthly') }}
    where is_complete and opening_customers >= {{ least_cases() }}
),

stages as (
    select
        numbered.stage,
        numbered.stage_number,
        numbered.is_success,
        {{ within_a_sentence('coalesce(described.label_en, numbered.stage)') }} as label
    from {{ ref('int_stages_numbered') }} as numbered
    inner join {{ ref('dim_stages') }} as described on numbered.stage = described.stage
),

days as (
    select
        date_day,
        stage,
        segment,
        sum(entered) as entered
    from daily
    group by date_day, stage, segment
),

days_and_all as (
    select
        date_day,
        stage,
        'segment' as scope,
        segment as scope_id,
        entered
    from days
    union all
    select
        date_day,
        stage,
        'company' as scope,
        'all' as scope_id,
        sum(entered) as entered
    from days
    group by date_day, stage
),

weeks as (
    select
        cast(date_trunc('week', date_day) as date) as week_starts_on,
        stage,
        scope,
        scope_id,
        cast(sum(entered) as bigint) as value
    from days_and_all
    group by cast(date_trunc('week', date_day) as date), stage, scope, scope_id
    having count(*) = 7 and {{ has_begun(days_after("cast(date_trunc('week', date_day) as date)", 7)) }}
),

-- Weeks follow each other without a gap. A median below what counts as a series is no range: only weeks after enough
-- busy ones are looked at closer, so that years in which little happened cost little.
busy_weeks as (
    select *
    from (
        select
            *,
            count(case when value >= {{ least_cases() }} then 1 end) over (
                partition by stage, scope, scope_id
                order by week_starts_on
                rows between {{ alert_weeks() }} preceding and 1 preceding
            ) as busy_count
        from weeks
    ) as counted_weeks
    where 2 * busy_count >= {{ alert_weeks() }}
),

weeks_before as (
    select weeks.n + 1 as weeks_ago
    from {{ number_series(alert_weeks() - 1) }} as weeks
),

usual as (
    select
        busy_weeks.week_starts_on,
        busy_weeks.stage,
        busy_weeks.scope,
        busy_weeks.scope_id,
        busy_weeks.value,
        {{ median('past.value') }} as median_value,
        {{ median_deviation('past.value') }} as deviation
    from busy_weeks
    cross join weeks_before
    inner join weeks as past
        on
            busy_weeks.stage = past.stage
            and busy_weeks.scope = past.scope
            and busy_weeks.scope_id = past.scope_id
            and {{ days_after('busy_weeks.week_starts_on', '-7 * weeks_before.weeks_ago') }} = past.week_starts_on
    group by
        busy_weeks.week_starts_on,
        busy_weeks.stage,
        busy_weeks.scope,
        busy_weeks.scope_id,
        busy_weeks.value
    having count(*) = {{ alert_weeks() }}
),

-- Where the same week a year before is known, what it was to its own quarter is usual too.
seasoned as (
    select
        usual.*,
        {{ spread('usual.deviation', 'usual.median_value') }} * {{ alert_spreads() }} as reach,
        case when a_year_before.median_value >= {{ least_cases() }} then {{ season }} end as seasonal_value
    from usual
    left join usual as a_year_before
        on
            usual.stage = a_year_before.stage
            and usual.scope = a_year_before.scope
            and usual.scope_id = a_year_before.scope_id
            and {{ days_after('usual.week_starts_on', '-7 * ' ~ weeks_of_a_year()) }} = a_year_before.week_starts_on
),

ranged as (
    select
        *,
        greatest(least(median_value, coalesce(seasonal_value, median_value)) - reach, 0) as usual_low,
        greatest(median_value, coalesce(seasonal_value, median_value)) + reach as usual_high
    from seasoned
    where median_value >= {{ least_cases() }}
),

moved as (
    select
        ranged.*,
        ranged.value > ranged.usual_high as is_above,
        stages.stage_number,
        stages.is_success,
        stages.label
    from ranged
    inner join stages on ranged.stage = stages.stage
    where ranged.value < ranged.usual_low or ranged.value > ranged.usual_high
),

begun as (
    select moved.*
    from moved
    left join moved as earlier
        on
            moved.stage = earlier.stage
            and moved.scope = earlier.scope
            and moved.scope_id = earlier.scope_id
            and moved.is_above = earlier.is_above
            and moved.week_starts_on > earlier.week_starts_on
            and {{ days_after('moved.week_starts_on', '-7 * ' ~ alert_quiet_weeks()) }} <= earlier.week_starts_on
    where earlier.stage is null
),

-- What moves above moves what lies below: the whole company its segments, a stage those after it and the detours.
followers as (
    select distinct
        begun.week_starts_on,
        begun.stage,
        begun.scope,
        begun.scope_id
    from begun
    inner join begun as earlier
        on
            begun.is_above = earlier.is_above
            and begun.week_starts_on >= earlier.week_starts_on
            and {{ days_after('begun.week_starts_on', '-7 * ' ~ alert_quiet_weeks()) }} <= earlier.week_starts_on
            and (earlier.scope = 'company' or begun.scope_id = earlier.scope_id)
            and (
                (earlier.is_success and (not begun.is_success or begun.stage_number > earlier.stage_number))
                or (begun.stage = earlier.stage and begun.scope <> earlier.scope)
            )
),

flow_alerts as (
    select
        {{ days_after('begun.week_starts_on', 6) }} as alert_date,
        begun.stage || '_entered' as kpi,
        begun.scope,
        begun.scope_id,
        begun.week_starts_on as period_start,
        begun.value as numerator,
        cast(null as bigint) as denominator,
        cast(begun.value as double) as value,
        begun.median_value,
        begun.usual_low,
        begun.usual_high,
        {{ with_thousands('begun.value') }} || ' leads '
        || case when begun.scope = 'segment' then 'of ' || begun.scope_id || ' ' else '' end || 'entered '
        || begun.label || ' in the week to ' || cast({{ days_after('begun.week_starts_on', 6) }} as varchar)
        || ', usual are ' || {{ with_thousands('ceil(begun.usual_low)') }} || ' to '
        || {{ with_thousands('floor(begun.usual_high)') }} as sentence
    from begun
    left join followers
        on
            begun.week_starts_on = followers.week_starts_on
            and begun.stage = followers.stage
            and begun.scope = followers.scope
            and begun.scope_id = followers.scope_id
    where followers.stage is null
),

rates as (
    select
        conversions.cohort_month as period_month,
        {{ days_after(month_end('conversions.cohort_month'), conversion_days) }} as known_on,
        conversions.stage || '_conversion_30d' as kpi,
        'segment' as scope,
        conversions.segment as scope_id,
        conversions.reached_next_30d as numerator,
        conversions.cycles as denominator,
        'of ' || {{ with_thousands('conversions.cycles') }} || ' that reached ' || stages.label || ' in '
        || conversions.segment || ' in ' || left(cast(conversions.cohort_month as varchar), 7)
        || ' went on within {{ conversion_days }} days' as what
    from conversions
    inner join stages on conversions.stage = stages.stage
    union all
    select
        period_month,
        {{ month_end('period_month') }} as known_on,
        'logo_churn_rate' as kpi,
        'company' as scope,
        'all' as scope_id,
        lost_customers as numerator,
        opening_customers as denominator,
        'of ' || {{ with_thousands('opening_customers') }} || ' customers were lost in '
        || left(cast(period_month as varchar), 7) as what
    from revenue
),

rated as (
    select
        *,
        {{ ratio('numerator', 'denominator') }} as value
    from rates
),

usual_rates as (
    select
        rated.kpi,
        rated.scope,
        rated.scope_id,
        rated.period_month,
        rated.known_on,
        rated.numerator,
        rated.denominator,
        rated.value,
        rated.what,
        {{ median('past.value') }} as median_value,
        {{ median_deviation('past.value') }} as deviation
    from rated
    inner join rated as past
        on
            rated.kpi = past.kpi
            and rated.scope = past.scope
            and rated.scope_id = past.scope_id
            and {{ months_after('rated.period_month', -alert_months()) }} <= past.period_month
            and rated.period_month > past.period_month
    group by
        rated.kpi,
        rated.scope,
        rated.scope_id,
        rated.period_month,
        rated.known_on,
        rated.numerator,
        rated.denominator,
        rated.value,
        rated.what
    having count(*) >= {{ least_alert_months() }}
),

-- Half a case of one more, or a rate that was always 0 or 1 would never differ by chance.
chances as (
    select
        *,
        (median_value * denominator + 0.5e0) / (denominator + 1) as chance
    from usual_rates
),

ranged_rates as (
    select
        *,
        greatest(
            median_value - {{ alert_spreads() }} * {{ spread('deviation', 'chance * (1 - chance) / denominator') }}, 0
        ) as usual_low,
        least(
            median_value + {{ alert_spreads() }} * {{ spread('deviation', 'chance * (1 - chance) / denominator') }}, 1
        ) as usual_high
    from chances
),

moved_rates as (
    select
        *,
        value > usual_high as is_above
    from ranged_rates
    where value < usual_low or value > usual_high
),

rate_alerts as (
    select
        moved_rates.known_on as alert_date,
        moved_rates.kpi,
        moved_rates.scope,
        moved_rates.scope_id,
        moved_rates.period_month as period_start,
        moved_rates.numerator,
        moved_rates.denominator,
        moved_rates.value,
        moved_rates.median_value,
        moved_rates.usual_low,
        moved_rates.usual_high,
        cast({{ percent('moved_rates.numerator', 'moved_rates.denominator', 1) }} as varchar) || ' % '
        || moved_rates.what || ', usual are ' || {{ tenths('100 * moved_rates.usual_low') }} || ' to '
        || {{ tenths('100 * moved_rates.usual_high') }} || ' %' as sentence
    from moved_rates
    left join moved_rates as earlier
        on
            moved_rates.kpi = earlier.kpi
            and moved_rates.scope = earlier.scope
            and moved_rates.scope_id = earlier.scope_id
            and moved_rates.is_above = earlier.is_above
            and {{ months_after('moved_rates.period_month', -1) }} = earlier.period_month
    where earlier.kpi is null
),

alerts as (
    select * from flow_alerts
    union all
    select * from rate_alerts
)

select * from alerts
