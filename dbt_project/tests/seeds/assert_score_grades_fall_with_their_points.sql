-- A failure means: a grade cannot be reached, or an axis has none to fall back on.
{%- set axes = {'fit': ['A', 'B', 'C', 'D'], 'behaviour': ['1', '2', '3', '4']} %}
{%- set key = ['axis', 'grade'] %}

with numbered as (
    select
        *,
        {{ trimmed('grade') }} as trimmed_grade
    from {{ seed_rows(ref('score_grades')) }} as seed
),

-- What is no grade of its axis is told as that alone.
bands as (
    select
        *,
        lag(grade) over (partition by axis order by grade) as better_grade,
        lag(min_points) over (partition by axis order by grade) as better_points
    from numbered
    where
        (axis = 'fit' and grade in ('A', 'B', 'C', 'D'))
        or (axis = 'behaviour' and grade in ('1', '2', '3', '4'))
)

select
    {{ seed_message(
        'score_grades', key,
        'min_points {min_points} is not below {better_points} of grade {better_grade}. Lower it.'
    ) }} as message
from bands
where min_points >= better_points

{% for axis, grades in axes.items() %}
    {% set names = grades | join(', ') %}

    union all

    select
        {{ seed_message(
            'score_grades', key, 'grade {grade} is none of ' ~ names ~ '. Use one of them.'
        ) }} as message
    from numbered
    where
        axis = '{{ axis }}'
        and trimmed_grade not in ('{{ grades | join("', '") }}')

    union all

    select
        'score_grades.csv: axis ''{{ axis }}'' has no grade. '
        || 'Add a row for each of {{ names }}.' as message
    from numbered
    where axis = '{{ axis }}'
    having count(*) = 0
{% endfor %}
