with recycle_rules as (
    select * from {{ ref('recycle_rules') }}
),

fit_grades as (
    select * from {{ ref('int_score_grade_bands') }}
    where axis = 'fit'
),

ranked as (
    select
        recycle_rules.*,
        fit_grades.grade_position as least_fit_position,
        row_number() over (
            partition by recycle_rules.from_stage, recycle_rules.reason
            order by recycle_rules.priority, recycle_rules.min_days
        ) as rule_number
    from recycle_rules
    left join fit_grades on recycle_rules.min_fit_grade = fit_grades.grade
),

first_rules as (
    select
        from_stage,
        reason,
        min_days,
        max_cycles,
        least_fit_position,
        coalesce(needs_new_act, false) as needs_new_act,
        priority
    from ranked
    where rule_number = 1
)

select * from first_rules
