with reps as (
    select * from {{ ref('reps') }}
),

months as (
    select * from {{ ref('int_reported_months') }}
),

-- A role that is held on any of the month's days; of several the last one.
held as (
    select
        reps.rep_id,
        months.period_month,
        reps.team,
        reps.department,
        row_number() over (
            partition by reps.rep_id, months.period_month
            order by reps.started_on desc
        ) as role_number
    from reps
    inner join months
        on
            reps.started_on <= {{ month_end('months.period_month') }}
            and (reps.ended_on is null or reps.ended_on > months.period_month)
)

select
    rep_id,
    period_month,
    team,
    department
from held
where role_number = 1
