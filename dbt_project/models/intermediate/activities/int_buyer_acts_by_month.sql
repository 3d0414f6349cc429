{{ per_lead() }}

with activities as (
    select * from {{ touched('int_activity_stays') }}
    where is_buyer_act
),

profiles as (
    select * from {{ touched('int_lead_profiles') }}
    where profile = 'current'
),

counted as (
    select
        lead_number,
        {{ month_of('occurred_on') }} as period_month,
        stage,
        channel,
        cast(count(*) as integer) as acts
    from activities
    group by lead_number, {{ month_of('occurred_on') }}, stage, channel
),

named as (
    select
        profiles.lead_id,
        counted.period_month,
        counted.stage,
        counted.channel,
        profiles.segment,
        counted.acts
    from counted
    inner join profiles on counted.lead_number = profiles.lead_number
)

select * from named
