with summarised as (
    select * from {{ ref('int_lead_score_inputs') }}
),

grades as (
    select * from {{ ref('int_score_grade_bands') }}
),

worths as (
    select * from {{ ref('int_opportunity_worths') }}
),

chances as (
    select * from {{ ref('int_lead_chances') }}
),

live as (
    select model_version from {{ source('scoring', 'models') }}
    where is_live
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
        chances.opportunity_probability,
        {{ behaviour_points_on('today', 'summarised') }} as behaviour_points
    from summarised
    left join chances on summarised.lead_id = chances.lead_id
    cross join today
),

scored as (
    select
        pointed.*,
        grid.behaviour_grade,
        grid.grid_place
    from pointed
    inner join grid
        on
            pointed.fit_grade = grid.fit_grade
            and (grid.from_points is null or {{ reaches('pointed.behaviour_points', 'grid.from_points') }})
            and (grid.below_points is null or not {{ reaches('pointed.behaviour_points', 'grid.below_points') }})
),

-- One sort serves all places.
ordered as (
    select
        *,
        row_number() over best_first as score_order,
        case
            when is_rankable then count(case when is_rankable then 1 end) over (
                best_first
                rows between unbounded preceding and current row
            )
        end as score_rank
    from scored
    window
        best_first as (
            order by
                opportunity_probability desc nulls last,
                grid_place asc,
                behaviour_points desc,
                last_buyer_act_at desc nulls last,
                lead_id asc
        )
),

ordered_in_segment as (
    select
        *,
        row_number() over (partition by segment order by score_rank asc nulls last) as segment_rank
    from ordered
),

-- Tenths as equal as can be: where the ranks do not divide by 10, the first ones have one more. The leads are read once
-- more: shared, all that is known of each would be held for a count.
tenths as (
    select
        {{ whole_quotient('count(*)', '10') }} as tenth,
        count(*) % 10 as larger_count
    from {{ ref('int_lead_score_inputs') }}
    where is_rankable
),

scores as (
    select
        leads.lead_id,
        {{ as_of() }} as scored_at,
        leads.cycle_number,
        case when live.model_version is null then 'rule' else 'model' end as score_kind,
        coalesce(live.model_version, 'rule') as model_version,
        leads.fit_points,
        leads.fit_grade,
        leads.behaviour_points,
        leads.behaviour_grade,
        leads.fit_grade || leads.behaviour_grade as combined_grade,
        leads.opportunity_probability,
        chances.probability_low,
        chances.probability_high,
        leads.segment,
        worths.expected_amount,
        leads.score_rank,
        case when leads.is_rankable then leads.segment_rank end as segment_rank,
        cast(case
            when leads.score_rank <= tenths.larger_count * (tenths.tenth + 1)
                then {{ whole_quotient('leads.score_rank - 1', 'tenths.tenth + 1') }} + 1
            else {{ whole_quotient('leads.score_rank - 1 - tenths.larger_count', 'tenths.tenth') }} + 1
        end as integer) as score_decile,
        leads.score_order,
        chances.factor_1_name,
        chances.factor_1_value,
        chances.factor_1_contribution,
        chances.factor_2_name,
        chances.factor_2_value,
        chances.factor_2_contribution,
        chances.factor_3_name,
        chances.factor_3_value,
        chances.factor_3_contribution,
        cast(leads.known_attributes as double) / 5 as known_feature_rate,
        leads.last_buyer_act_at,
        leads.last_content_id,
        leads.is_rankable
    from ordered_in_segment as leads
    cross join tenths
    left join live on true
    left join chances on leads.lead_id = chances.lead_id
    left join worths on leads.segment = worths.segment
)

select * from scores
