{{ per_lead() }}

-- The lead of an opportunity is the one of its first activity, so that its own are among those that it names.
with activities as (
    select * from {{ touched('int_opportunity_activities') }}
),

named as (
    select
        lead_id,
        opportunity_id,
        min(occurred_at) as named_at
    from activities
    group by lead_id, opportunity_id
)

select * from named
