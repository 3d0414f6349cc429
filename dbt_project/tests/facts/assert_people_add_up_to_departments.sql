-- What is credited to people, `unassigned` included, is what their department came to: counts, amounts and both parts
-- of rates. Medians do not add up.
{{ config(meta={'dagster': {'ref': {'name': 'kpi_reps'}}}) }}
with kpis as (
    select * from {{ ref('int_department_kpis') }}
    where is_credited and measure <> 'median'
),

departments as (
    select departments.*
    from {{ ref('kpi_departments') }} as departments
    inner join kpis on departments.kpi = kpis.kpi and departments.department = kpis.department
),

people as (
    select
        reps.period_month,
        reps.kpi,
        sum(reps.numerator) as numerator,
        sum(reps.denominator) as denominator
    from {{ ref('kpi_reps') }} as reps
    inner join kpis on reps.kpi = kpis.kpi
    group by reps.period_month, reps.kpi
),

compared as (
    select
        coalesce(departments.period_month, people.period_month) as period_month,
        coalesce(departments.kpi, people.kpi) as kpi,
        coalesce(departments.numerator, 0) as of_department,
        coalesce(people.numerator, 0) as of_people,
        coalesce(departments.denominator, 0) as base_of_department,
        coalesce(people.denominator, 0) as base_of_people
    from departments
    full outer join people on departments.period_month = people.period_month and departments.kpi = people.kpi
)

select
    period_month,
    kpi,
    'kpi_reps: ' || kpi || ' of ' || cast(period_month as varchar) || ' is credited to people as '
    || cast(of_people as varchar) || ' of ' || cast(base_of_people as varchar) || ', and is '
    || cast(of_department as varchar) || ' of ' || cast(base_of_department as varchar)
    || ' in kpi_departments. Rebuild with `revloop refresh --full`.' as message
from compared
where of_department <> of_people or base_of_department <> base_of_people
