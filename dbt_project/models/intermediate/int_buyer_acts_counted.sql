{{ config(materialized='incremental', incremental_strategy='touched_leads', on_schema_change='fail') }}

with activities as (
    select * from {{ ref('int_activities_attached') }}
    where is_buyer_act and {{ is_touched('lead_id') }}
),

-- Nobody acts in a stay of no time.
transitions as (
    select * from {{ ref('fct_stage_transitions') }}
    where {{ is_touched('lead_id') }} and (exited_at is null or exited_at > entered_at)
),

counted as (
    select
        activities.lead_id,
        {{ month_of('activities.occurred_on') }} as period_month,
        transitions.to_stage as stage,
        activities.channel,
        transitions.segment,
        cast(count(*) as integer) as acts
    from activities
    inner join transitions
        on
            activities.lead_id = transitions.lead_id
            and activities.occurred_at >= transitions.entered_at
            and (transitions.exited_at is null or activities.occurred_at < transitions.exited_at)
    group by
        activities.lead_id,
        {{ month_of('activities.occurred_on') }},
        transitions.to_stage,
        activities.channel,
        transitions.segment
)

select * from counted
