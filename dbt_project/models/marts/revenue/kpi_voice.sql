with acts as (
    select * from {{ ref('int_voice_acts') }}
    where activity_type in ({{ voice_types() }})
),

tickets as (
    select * from {{ ref('int_tickets') }}
),

leads as (
    select * from {{ ref('dim_leads') }}
),

answered as (
    select
        {{ month_of('acts.occurred_on') }} as period_month,
        acts.activity_type,
        leads.segment,
        count(*) as answers,
        count(acts.score) as scores,
        sum(acts.score) as score_sum,
        count(case when acts.score >= 9 then 1 end) as promoters,
        count(case when acts.score <= 6 then 1 end) as detractors
    from acts
    inner join leads on acts.lead_id = leads.lead_id
    group by {{ month_of('acts.occurred_on') }}, acts.activity_type, leads.segment
),

timed as (
    select
        {{ month_of('tickets.opened_on') }} as period_month,
        leads.segment,
        {{ month_of(local_date('tickets.solved_at')) }} as solved_month,
        tickets.solved_at is not null as is_solved,
        {{ microseconds_between('tickets.opened_at', 'coalesce(tickets.solved_at, ' ~ as_of() ~ ')') }} as microseconds
    from tickets
    inner join leads on tickets.lead_id = leads.lead_id
),

histogram as (
    select
        period_month,
        segment,
        microseconds,
        count(case when is_solved then 1 end) as exits,
        count(case when not is_solved then 1 end) as censored
    from timed
    group by period_month, segment, microseconds
),

solving_times as (
    select * from {{ kaplan_meier('histogram', ['period_month', 'segment'], 'microseconds') }} as quartiles
),

solved as (
    select
        solved_month as period_month,
        segment,
        count(*) as solved_tickets
    from timed
    where is_solved
    group by solved_month, segment
),

slices as (
    select
        activity_type,
        segment,
        min(period_month) as first_month
    from answered
    group by activity_type, segment
),

months as (
    select distinct {{ month_of('days.date_day') }} as period_month
    from {{ day_series("(select min(first_month) from slices)", as_of_date()) }} as days
),

counted as (
    select
        months.period_month,
        slices.activity_type,
        slices.segment,
        slices.activity_type = 'support_ticket_opened' as is_ticket,
        coalesce(answered.answers, 0) as answers,
        coalesce(answered.scores, 0) as scores,
        answered.score_sum,
        coalesce(answered.promoters, 0) as promoters,
        coalesce(answered.detractors, 0) as detractors,
        coalesce(solved.solved_tickets, 0) as solved_tickets,
        solving_times.median_microseconds
    from slices
    inner join months on slices.first_month <= months.period_month
    left join answered
        on
            months.period_month = answered.period_month
            and slices.activity_type = answered.activity_type
            and slices.segment = answered.segment
    left join solved
        on
            slices.activity_type = 'support_ticket_opened'
            and months.period_month = solved.period_month
            and slices.segment = solved.segment
    left join solving_times
        on
            slices.activity_type = 'support_ticket_opened'
            and months.period_month = solving_times.period_month
            and slices.segment = solving_times.segment
),

measured as (
    select
        period_month,
        activity_type,
        segment,
        cast(answers as bigint) as answers,
        cast(scores as bigint) as scores,
        {{ ratio('score_sum', 'scores') }} as score_mean,
        cast(promoters as bigint) as promoters,
        cast(detractors as bigint) as detractors,
        case
            when is_ticket
                then
                    cast(
                        sum(answers - solved_tickets) over (
                            partition by activity_type, segment
                            order by period_month
                            rows between unbounded preceding and current row
                        ) as bigint
                    )
        end as open_tickets,
        cast(median_microseconds as double) / 3600000000 as hours_to_solve_median,
        {{ is_complete('period_month') }} as is_complete
    from counted
)

select * from measured
