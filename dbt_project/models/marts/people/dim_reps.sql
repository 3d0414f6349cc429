with reps as (
    select * from {{ ref('reps') }}
),

placed as (
    select
        *,
        started_on <= {{ as_of_date() }} as has_begun,
        started_on <= {{ as_of_date() }} and coalesce(ended_on > {{ as_of_date() }}, true) as is_in_role
    from reps
),

described as (
    select
        rep_id,
        name,
        team,
        department,
        manager_id,
        started_on,
        ended_on,
        capacity,
        row_number() over (
            partition by rep_id
            order by
                is_in_role desc,
                has_begun desc,
                case when has_begun then started_on end desc,
                started_on asc
        ) = 1 as is_current
    from placed
)

select * from described
