with summarised as (
    select * from {{ ref('int_lead_score_inputs') }}
),

grades as (
    select * from {{ ref('int_score_grade_bands') }}
),

today as (
    select * from {{ ref('int_score_day_weights') }}
    where date_day = {{ as_of_date() }}
),

-- By rule both axes weigh alike: the nearer to the best corner of the grid, the higher; of two as near, the better fit.
-- One narrow number for both sorts in half the time.
grid as (
    select
        fit_grades.grade as fit_grade,
        behaviour_grades.grade as behaviour_grade,
        behaviour_grades.from_points,
        behaviour_grades.below_points,
        cast(row_number() over (
            order by fit_grades.grade_position + behaviour_grades.grade_position, fit_grades.grade_position
        ) as smallint) as grid_place
    from grades as fit_grades
    inner join grades as behaviour_grades on fit_grades.axis = 'fit' and behaviour_grades.axis = 'behaviour'
),

pointed as (
    select
        summarised.*,
        {{ behaviour_points_on('today', 'summarised') }} as behaviour_points
    from summarised
    cross join today
),

scored as (
    select
        pointed.*,
        grid.behaviour_grade,
        case when pointed.is_rankable then grid.grid_place end as grid_place
    from pointed
    inner join grid
        on
            pointed.fit_grade = grid.fit_grade
            and (grid.from_points is null or {{ reaches('pointed.behaviour_points', 'grid.from_points') }})
            and (grid.below_points is null or not {{ reaches('pointed.behaviour_points', 'grid.below_points') }})
),

-- The rankable ones come first, and one sort serves all ranks.
ordered as (
    select
        *,
        row_number() over (
            order by grid_place asc nulls last, behaviour_points desc, last_buyer_act_at desc nulls last, lead_id asc
        ) as place
    from scored
),

ordered_in_segment as (
    select
        *,
        row_number() over (partition by segment order by place) as segment_place
    from ordered
),

-- Tenths as equal as can be: where the ranks do not divide by 10, the first ones have one more.
tenths as (
    select
        {{ whole_quotient('count(*)', '10') }} as tenth,
        count(*) % 10 as larger_count
    from summarised
    where is_rankable
),

scores as (
    select
        leads.lead_id,
        {{ as_of() }} as scored_at,
        leads.cycle_number,
        'rule' as score_kind,
        'rule' as model_version,
        leads.fit_points,
        leads.fit_grade,
        leads.behaviour_points,
        leads.behaviour_grade,
        leads.fit_grade || leads.behaviour_grade as combined_grade,
        case when leads.is_rankable then leads.place end as score_rank,
        case when leads.is_rankable then leads.segment_place end as segment_rank,
        cast(case
            when not leads.is_rankable then null
            when leads.place <= tenths.larger_count * (tenths.tenth + 1)
                then {{ whole_quotient('leads.place - 1', 'tenths.tenth + 1') }} + 1
            else {{ whole_quotient('leads.place - 1 - tenths.larger_count', 'tenths.tenth') }} + 1
        end as integer) as score_decile,
        leads.last_buyer_act_at,
        leads.is_rankable
    from ordered_in_segment as leads
    cross join tenths
)

select * from scores
