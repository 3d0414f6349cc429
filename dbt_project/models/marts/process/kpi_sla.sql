with leads as (
    select * from {{ ref('dim_leads') }}
),

stages as (
    select * from {{ ref('stages') }}
),

stays as (
    select * from {{ ref('int_sla_stays') }}
),

waits as (
    select * from {{ ref('int_sla_waits') }}
),

histogram as (
    select
        stage,
        segment,
        owner_id,
        minutes,
        sum(exits) as exits,
        sum(censored) as censored
    from (
        select
            stage,
            segment,
            owner_id,
            cast({{ whole_quotient('answer_microseconds', 60000000) }} as integer) as minutes,
            1 as exits,
            0 as censored
        from stays
        where answered_at is not null
        union all
        select
            stage,
            segment,
            owner_id,
            cast({{ whole_quotient('waited_microseconds', 60000000) }} as integer) as minutes,
            0 as exits,
            1 as censored
        from waits
    ) as answers_and_waits
    group by stage, segment, owner_id, minutes
),

responses as (
    select * from {{ kaplan_meier('histogram', ['stage', 'segment', 'owner_id'], 'minutes') }} as quartiles
),

balances as (
    select
        current_stage as stage,
        segment,
        owner_id,
        count(*) as open_leads,
        min(stage_entered_at) as oldest_entered_at,
        0 as unanswered,
        0 as deadlines,
        0 as missed,
        0 as past_due
    from leads
    group by current_stage, segment, owner_id
    union all
    select
        stage,
        segment,
        owner_id,
        0 as open_leads,
        null as oldest_entered_at,
        sum(case when answered_at is null then 1 else 0 end) as unanswered,
        sum(case when due_at <= {{ as_of() }} then 1 else 0 end) as deadlines,
        sum(case when due_at <= {{ as_of() }} and coalesce(exited_at > due_at, true) then 1 else 0 end) as missed,
        sum(case when due_at <= {{ as_of() }} and exited_at is null then 1 else 0 end) as past_due
    from stays
    group by stage, segment, owner_id
),

summed as (
    select
        stage,
        segment,
        owner_id,
        cast(sum(open_leads) as bigint) as open_leads,
        min(oldest_entered_at) as oldest_entered_at,
        cast(sum(unanswered) as bigint) as unanswered,
        cast(sum(deadlines) as bigint) as deadlines,
        cast(sum(missed) as bigint) as missed,
        cast(sum(past_due) as bigint) as past_due
    from balances
    group by stage, segment, owner_id
),

clocked as (
    select
        summed.stage,
        summed.segment,
        summed.owner_id,
        stages.stay,
        summed.open_leads as open,
        cast({{ microseconds_between('summed.oldest_entered_at', as_of()) }} as double) / 3600000000 as oldest_hours,
        case when stages.stay = 'sla' then summed.deadlines end as deadlines,
        case when stages.stay = 'sla' then summed.missed end as missed,
        case when stages.stay = 'sla' then summed.past_due end as past_due,
        case when stages.stay = 'sla' then summed.unanswered end as unanswered,
        responses.median_minutes / cast(60 as double) as response_hours_median
    from summed
    inner join stages on summed.stage = stages.stage
    left join responses
        on
            summed.stage = responses.stage
            and summed.segment = responses.segment
            and {{ same('summed.owner_id', 'responses.owner_id') }}
),

rated as (
    select
        *,
        {{ ratio('missed', 'deadlines') }} as breach_rate,
        {{ wilson_low('missed', 'deadlines') }} as breach_rate_low,
        {{ wilson_high('missed', 'deadlines') }} as breach_rate_high
    from clocked
)

select * from rated
