with results as (
    select * from {{ ref('int_department_results') }}
),

kpis as (
    select * from {{ ref('int_department_kpis') }}
),

-- An empty target is none; one of a department for another's kpi is held against what that came to.
targets as (
    select
        period_month,
        scope_id as department,
        kpi,
        cast(target as double) as target
    from {{ ref('targets') }}
    where scope = 'department' and target is not null
),

asked as (
    select
        results.period_month,
        kpis.department,
        kpis.kpi
    from results
    inner join kpis on results.kpi = kpis.kpi
    union
    select
        period_month,
        department,
        kpi
    from targets
),

judged as (
    select
        asked.period_month,
        asked.department,
        asked.kpi,
        kpis.definition,
        results.actual,
        targets.target,
        {{ attainment('kpis.direction', 'results.actual', 'targets.target') }} as attainment,
        month_before.actual as previous,
        results.numerator,
        results.denominator,
        results.next_stage_base,
        results.next_stage_count,
        {{ ratio('results.next_stage_count', 'results.next_stage_base') }} as next_stage_rate,
        {{ wilson_high('results.next_stage_count', 'results.next_stage_base') }} as next_stage_rate_high,
        {{ ratio('results.history_count', 'results.history_base') }} as usual_next_stage_rate
    from asked
    inner join kpis on asked.kpi = kpis.kpi
    left join results on asked.period_month = results.period_month and asked.kpi = results.kpi
    left join results as month_before
        on
            asked.period_month = {{ months_after('month_before.period_month', 1) }}
            and asked.kpi = month_before.kpi
    left join targets
        on
            asked.period_month = targets.period_month
            and asked.department = targets.department
            and asked.kpi = targets.kpi
),

flagged as (
    select
        period_month,
        department,
        kpi,
        definition,
        actual,
        target,
        attainment,
        previous,
        numerator,
        denominator,
        next_stage_base,
        next_stage_count,
        next_stage_rate,
        next_stage_rate_high,
        usual_next_stage_rate,
        case
            when attainment is not null and next_stage_rate is not null and usual_next_stage_rate is not null
                then attainment >= 1 and next_stage_rate_high < usual_next_stage_rate
        end as quality_flag,
        {{ is_complete('period_month') }} as is_complete
    from judged
)

select * from flagged
