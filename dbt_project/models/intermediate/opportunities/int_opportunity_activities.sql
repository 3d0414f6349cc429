{{ per_lead() }}

with activities as (
    select * from {{ touched('int_activities_attached') }}
    where opportunity_id is not null and left(activity_type, 12) = 'opportunity_'
),

captures as (
    select lead_id from {{ touched('fct_stage_transitions') }}
    where transition_number = 1
),

exchange_rates as (
    select * from {{ ref('exchange_rates') }}
),

recorded as (
    select
        activities.lead_id,
        activities.opportunity_id,
        activities.activity_id,
        activities.activity_type,
        activities.occurred_at,
        activities.actor_id,
        case when activities.activity_type = 'opportunity_phase_changed' then activities.stage end as phase,
        activities.reason,
        {{ in_reporting_currency('activities.amount', 'exchange_rates.rate_to_reporting') }} as amount,
        activities.expected_close_on
    from activities
    inner join captures on activities.lead_id = captures.lead_id
    left join exchange_rates on activities.currency = exchange_rates.currency
)

select * from recorded
