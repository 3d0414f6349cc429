{{ per_lead() }}

with activities as (
    select * from {{ touched('int_activities_attached') }}
    where activity_type = 'forecast_called' and opportunity_id is not null
),

captures as (
    select lead_id from {{ touched('fct_stage_transitions') }}
    where transition_number = 1
),

exchange_rates as (
    select * from {{ ref('exchange_rates') }}
),

called as (
    select
        activities.lead_id,
        activities.opportunity_id,
        activities.activity_id,
        activities.occurred_at,
        activities.outcome,
        {{ in_reporting_currency('activities.amount', 'exchange_rates.rate_to_reporting') }} as amount
    from activities
    inner join captures on activities.lead_id = captures.lead_id
    left join exchange_rates on activities.currency = exchange_rates.currency
)

select * from called
