with reps as (
    select * from {{ ref('reps') }}
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
        capacity
    from reps
)

select * from described
