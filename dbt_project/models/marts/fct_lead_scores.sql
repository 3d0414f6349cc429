with leads as (
    select * from {{ ref('dim_leads') }}
),

profiles as (
    select * from {{ ref('int_leads_profiled') }}
),

behaved as (
    select * from {{ ref('int_leads_behaved') }}
),

occupied as (
    select * from {{ ref('int_leads_occupied') }}
),

grades as (
    select * from {{ ref('int_score_grades_banded') }}
),

scored as (
    select
        leads.lead_id,
        leads.cycle_number,
        coalesce(scored_profiles.segment, profiles.segment) as segment,
        coalesce(scored_profiles.fit_points, profiles.fit_points) as fit_points,
        coalesce(scored_profiles.fit_grade, profiles.fit_grade) as fit_grade,
        behaved.behaviour_points,
        behaved.behaviour_grade,
        behaved.last_buyer_act_at,
        not leads.is_customer
        and not leads.opted_out
        and leads.current_stage <> {{ disqualified_stage() }}
        and not occupied.has_open_opportunity as is_rankable
    from leads
    inner join profiles on leads.lead_id = profiles.lead_id and profiles.profile = 'current'
    left join profiles as scored_profiles
        on leads.lead_id = scored_profiles.lead_id and scored_profiles.profile = 'scored'
    inner join behaved on leads.lead_id = behaved.lead_id
    inner join occupied on leads.lead_id = occupied.lead_id
),

-- By rule both axes weigh alike: the nearer to the best corner of the grid, the higher; of two as near, the better fit.
placed as (
    select
        scored.*,
        fit_grades.grade_position + behaviour_grades.grade_position as grid_distance,
        fit_grades.grade_position as fit_position
    from scored
    inner join grades as fit_grades on fit_grades.axis = 'fit' and scored.fit_grade = fit_grades.grade
    inner join grades as behaviour_grades
        on behaviour_grades.axis = 'behaviour' and scored.behaviour_grade = behaviour_grades.grade
),

ranked as (
    select
        lead_id,
        row_number() over best_first as score_rank,
        row_number() over best_first_of_segment as segment_rank,
        ntile(10) over best_first as score_decile
    from placed
    where is_rankable
    window
        best_first as (
            order by
                grid_distance asc,
                fit_position asc,
                behaviour_points desc,
                last_buyer_act_at desc nulls last,
                lead_id asc
        ),
        best_first_of_segment as (
            partition by segment
            order by
                grid_distance asc,
                fit_position asc,
                behaviour_points desc,
                last_buyer_act_at desc nulls last,
                lead_id asc
        )
),

scores as (
    select
        placed.lead_id,
        {{ as_of() }} as scored_at,
        placed.cycle_number,
        'rule' as score_kind,
        'rule' as model_version,
        placed.fit_points,
        placed.fit_grade,
        placed.behaviour_points,
        placed.behaviour_grade,
        placed.fit_grade || placed.behaviour_grade as combined_grade,
        ranked.score_rank,
        ranked.segment_rank,
        cast(ranked.score_decile as integer) as score_decile,
        placed.last_buyer_act_at,
        placed.is_rankable
    from placed
    left join ranked on placed.lead_id = ranked.lead_id
)

select * from scores
