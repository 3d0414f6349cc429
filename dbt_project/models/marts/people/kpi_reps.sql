with opportunities_credited as (
    select * from {{ ref('int_opportunities_credited') }}
),

customers_credited as (
    select * from {{ ref('int_customers_credited') }}
),

medians as (
    select * from {{ ref('int_kpi_medians') }}
    where rep_id is not null
),

months as (
    select * from {{ ref('int_reported_months') }}
),

kpis as (
    select * from {{ ref('int_department_kpis') }}
),

rep_months as (
    select * from {{ ref('int_rep_months') }}
),

targets as (
    select
        period_month,
        scope_id as rep_id,
        kpi,
        cast(target as double) as target
    from {{ ref('targets') }}
    where scope = 'rep' and target is not null
),

credited as (
    select
        period_month,
        rep_id,
        kpi,
        numerator,
        denominator,
        null as middle
    from opportunities_credited
    union all
    select
        period_month,
        rep_id,
        kpi,
        numerator,
        denominator,
        null as middle
    from customers_credited
    union all
    select
        period_month,
        rep_id,
        kpi,
        null as numerator,
        cases as denominator,
        actual as middle
    from medians
),

-- What no month of the departments holds is no credit either.
asked as (
    select
        credited.period_month,
        credited.rep_id,
        credited.kpi
    from credited
    inner join months on credited.period_month = months.period_month
    union
    select
        period_month,
        rep_id,
        kpi
    from targets
),

achieved as (
    select
        asked.period_month,
        asked.rep_id,
        asked.kpi,
        kpis.department,
        kpis.direction,
        case
            when months.period_month is not null and kpis.is_credited
                then {{ kpi_actual('kpis.measure', 'credited.numerator', 'credited.denominator', 'credited.middle') }}
        end as actual,
        targets.target,
        case
            when months.period_month is not null and kpis.is_credited and kpis.measure = 'volume'
                then coalesce(credited.numerator, 0)
            else credited.numerator
        end as numerator,
        credited.denominator
    from asked
    inner join kpis on asked.kpi = kpis.kpi
    left join months on asked.period_month = months.period_month
    left join credited
        on
            asked.period_month = credited.period_month
            and asked.rep_id = credited.rep_id
            and asked.kpi = credited.kpi
            and months.period_month is not null
    left join targets
        on
            asked.period_month = targets.period_month
            and asked.rep_id = targets.rep_id
            and asked.kpi = targets.kpi
),

judged as (
    select
        achieved.period_month,
        achieved.rep_id,
        achieved.kpi,
        achieved.department,
        rep_months.team,
        achieved.actual,
        achieved.target,
        {{ attainment('achieved.direction', 'achieved.actual', 'achieved.target') }} as attainment,
        {{ kpi_number('achieved.numerator') }} as numerator,
        {{ kpi_number('achieved.denominator') }} as denominator,
        {{ is_complete('achieved.period_month') }} as is_complete
    from achieved
    left join rep_months
        on achieved.rep_id = rep_months.rep_id and achieved.period_month = rep_months.period_month
)

select * from judged
