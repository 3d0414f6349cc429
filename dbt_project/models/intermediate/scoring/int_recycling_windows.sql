{{ per_lead() }}

{% set waited_at = local_midnight(days_after(local_date('silences.silent_since'), 'silences.min_days')) %}

with pools as (
    select * from {{ touched('int_recycling_pools') }}
    where has_rule and coalesce(cycle_number < max_cycles, true)
),

stretches as (
    select * from {{ touched('int_quiet_stretches') }}
),

scored as (
    select * from {{ touched('int_lead_score_inputs') }}
),

fit_grades as (
    select * from {{ ref('int_score_grade_bands') }}
    where axis = 'fit'
),

fit_pools as (
    select pools.*
    from pools
    inner join scored on pools.lead_id = scored.lead_id
    inner join fit_grades on scored.fit_grade = fit_grades.grade
    where coalesce(fit_grades.grade_position <= pools.least_fit_position, true)
),

-- Each act of ours begins the wait anew.
silences as (
    select
        fit_pools.*,
        fit_pools.entered_pool_at as silent_since,
        fit_pools.ends_at as silent_until
    from fit_pools
    where fit_pools.is_unattended
    union all
    select
        fit_pools.*,
        stretches.begins_at as silent_since,
        least(fit_pools.ends_at, stretches.ends_at) as silent_until
    from fit_pools
    inner join stretches
        on
            fit_pools.lead_id = stretches.lead_id
            and fit_pools.transition_number = stretches.transition_number
    where not fit_pools.is_unattended
),

opened as (
    select
        silences.*,
        greatest(
            silences.begins_at,
            silences.silent_since,
            {{ waited_at }},
            case when silences.needs_new_act then silences.first_new_act_at end
        ) as opens_at
    from silences
    where not silences.needs_new_act or silences.first_new_act_at is not null
),

windows as (
    select
        lead_id,
        cycle_number,
        pool,
        is_drawn,
        {{ first_day_from('opens_at') }} as opens_on,
        {{ days_after(first_day_from('silent_until'), -1) }} as closes_on
    from opened
)

select * from windows
where closes_on is null or opens_on <= closes_on
