{{ per_lead() }}

with activities as (
    select * from {{ touched('int_activities_attached') }}
    where is_buyer_act
),

leads as (
    {{ numbered_leads() }}
),

-- Nobody acts in a stay of no time.
stays as (
    select
        transitions.*,
        leads.lead_number
    from {{ touched('fct_stage_transitions') }} as transitions
    inner join leads on transitions.lead_id = leads.lead_id
    where transitions.exited_at is null or transitions.exited_at > transitions.entered_at
),

counted as (
    select
        stays.lead_number,
        {{ month_of('activities.occurred_on') }} as period_month,
        stays.to_stage as stage,
        activities.channel,
        cast(count(*) as integer) as acts
    from activities
    inner join stays
        on
            activities.lead_id = stays.lead_id
            and activities.occurred_at >= stays.entered_at
            and (stays.exited_at is null or activities.occurred_at < stays.exited_at)
    group by stays.lead_number, {{ month_of('activities.occurred_on') }}, stays.to_stage, activities.channel
),

named as (
    select
        leads.lead_id,
        counted.period_month,
        counted.stage,
        counted.channel,
        leads.segment,
        counted.acts
    from counted
    inner join leads on counted.lead_number = leads.lead_number
)

select * from named
