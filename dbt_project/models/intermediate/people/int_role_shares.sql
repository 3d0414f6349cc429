with reps as (
    select * from {{ ref('reps') }}
),

-- A role is a team or a department; the two may be called alike.
in_role as (
    select
        team as owner_role,
        rep_id,
        coalesce(capacity, 0) as capacity
    from reps
    where started_on <= {{ as_of_date() }} and coalesce(ended_on > {{ as_of_date() }}, true)
    union
    select
        department as owner_role,
        rep_id,
        coalesce(capacity, 0) as capacity
    from reps
    where started_on <= {{ as_of_date() }} and coalesce(ended_on > {{ as_of_date() }}, true)
),

laid_out as (
    select
        owner_role,
        rep_id,
        cast(sum(capacity) over so_far - capacity as bigint) as begins_at,
        cast(sum(capacity) over so_far as bigint) as ends_at,
        cast(sum(capacity) over (partition by owner_role) as bigint) as role_capacity
    from in_role
    window
        so_far as (
            partition by owner_role
            order by rep_id
            rows between unbounded preceding and current row
        )
)

select * from laid_out
