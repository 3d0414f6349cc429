with score_grades as (
    select * from {{ ref('score_grades') }}
),

banded as (
    select
        axis,
        grade,
        case when row_number() over (partition by axis order by min_points) > 1 then min_points end as from_points,
        lead(min_points) over (partition by axis order by min_points) as below_points,
        row_number() over (partition by axis order by min_points desc) as grade_position
    from score_grades
)

select * from banded
