with opened as (
    select * from {{ ref('int_voice_acts') }}
    where activity_type = 'support_ticket_opened'
),

solved as (
    select * from {{ ref('int_voice_acts') }}
    where activity_type = {{ solving_type() }}
),

solved_by_id as (
    select
        opened.activity_id,
        min(solved.occurred_at) as solved_at
    from opened
    inner join solved on opened.ticket_id = solved.ticket_id and opened.occurred_at <= solved.occurred_at
    group by opened.activity_id
),

tickets as (
    select
        opened.activity_id,
        opened.lead_id,
        opened.occurred_at as opened_at,
        opened.occurred_on as opened_on,
        case
            when solved.occurred_at is not null then greatest(opened.occurred_at, solved.occurred_at)
            else solved_by_id.solved_at
        end as solved_at
    from opened
    left join solved_by_id on opened.activity_id = solved_by_id.activity_id
    left join solved on opened.lead_id = solved.lead_id and opened.ticket_number = solved.ticket_number
)

select * from tickets
