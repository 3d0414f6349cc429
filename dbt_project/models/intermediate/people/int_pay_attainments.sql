with departments as (
    select * from {{ ref('kpi_departments') }}
),

credited as (
    select * from {{ ref('kpi_reps') }}
),

kpis as (
    select * from {{ ref('int_department_kpis') }}
),

rep_targets as (
    select * from {{ ref('targets') }}
    where scope = 'rep' and stage is null and target is not null
),

reps as (
    select * from {{ ref('reps') }}
),

plans as (
    select * from {{ ref('compensation_plans') }}
),

months as (
    select distinct period_month from departments
    where period_month <= {{ month_of(as_of_date()) }}
),

-- A month goes by the role of the rep's last day in one.
roles as (
    select
        months.period_month,
        reps.rep_id,
        reps.team,
        row_number() over (
            partition by months.period_month, reps.rep_id
            order by reps.started_on desc
        ) as position_from_last
    from months
    inner join reps
        on
            {{ month_end('months.period_month') }} >= reps.started_on
            and coalesce(months.period_month < reps.ended_on, true)
),

-- Rows of one team and kpi are its tiers, and agree in all but these.
plan_kpis as (
    select
        team,
        kpi,
        min(variable_pay) as variable_pay,
        min(weight) as weight,
        min(threshold) as threshold,
        min(cap) as cap,
        min(tiering) as tiering
    from plans
    group by team, kpi
),

attained as (
    select
        roles.period_month,
        roles.rep_id,
        plan_kpis.kpi,
        roles.team,
        case when rep_targets.target is null then 'department' else 'rep' end as attainment_scope,
        cast(case when rep_targets.target is null then departments.actual else credited.actual end as double) as actual,
        cast(coalesce(rep_targets.target, departments.target) as double) as target,
        cast(case when rep_targets.target is null then departments.attainment else credited.attainment end as double)
            as attainment,
        plan_kpis.variable_pay,
        plan_kpis.weight,
        plan_kpis.threshold,
        plan_kpis.cap,
        plan_kpis.tiering
    from roles
    inner join plan_kpis on roles.team = plan_kpis.team
    inner join kpis on plan_kpis.kpi = kpis.kpi
    left join rep_targets
        on
            roles.period_month = rep_targets.period_month
            and roles.rep_id = rep_targets.scope_id
            and plan_kpis.kpi = rep_targets.kpi
    left join credited
        on
            roles.period_month = credited.period_month
            and roles.rep_id = credited.rep_id
            and plan_kpis.kpi = credited.kpi
    left join departments
        on
            roles.period_month = departments.period_month
            and kpis.kpi = departments.kpi
            and kpis.department = departments.department
    where roles.position_from_last = 1
)

select * from attained
