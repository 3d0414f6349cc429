{{ per_lead() }}

with activities as (
    select * from {{ touched('int_activities_attached') }}
    where activity_type in ({{ voice_types() }}, {{ solving_type() }})
),

told as (
    select
        lead_id,
        activity_id,
        activity_type,
        occurred_at,
        occurred_on,
        try_cast({{ json_text('details', 'score') }} as decimal(12, 8)) as score,
        nullif({{ json_text('details', 'ticket_id') }}, '') as ticket_id
    from activities
),

numbered as (
    select
        lead_id,
        activity_id,
        activity_type,
        occurred_at,
        occurred_on,
        case when score between 0 and 10 then score end as score,
        ticket_id,
        case
            when ticket_id is null
                then row_number() over (
                    partition by lead_id, activity_type, ticket_id is null
                    order by occurred_at, activity_id
                )
        end as ticket_number
    from told
)

select * from numbered
