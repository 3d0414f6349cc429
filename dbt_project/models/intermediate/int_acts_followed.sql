{{ config(materialized='incremental', incremental_strategy='touched_leads', on_schema_change='fail') }}

{% set is_followed = "stays.exit_direction in (" ~ advances() ~ ") and "
    ~ days_between('acts.acted_on', 'stays.exited_on') ~ " < " ~ effect_days() %}

with activities as (
    select * from {{ ref('int_activities_attached') }}
    where {{ is_touched('lead_id') }}
),

activity_types as (
    select * from {{ ref('activity_types') }}
),

transitions as (
    select * from {{ ref('fct_stage_transitions') }}
    where {{ is_touched('lead_id') }}
),

stages as (
    select * from {{ ref('int_stages_coded') }}
),

-- After the last success stage there is no next one to advance to.
stays as (
    select transitions.*
    from transitions
    inner join stages on transitions.to_stage = stages.stage
    where
        stages.success_position is null
        or stages.success_position < (select max(all_stages.success_position) from stages as all_stages)
),

-- What opens or ends a stay is the move itself, and was not done in it.
acts as (
    select
        activities.lead_id,
        stays.to_stage as stage,
        activities.activity_type,
        activities.channel,
        activities.content_id,
        min(activities.occurred_on) as acted_on,
        min(stays.transition_number) as transition_number
    from activities
    inner join stays
        on
            activities.lead_id = stays.lead_id
            and activities.occurred_at > stays.entered_at
            and (stays.exited_at is null or activities.occurred_at < stays.exited_at)
    left join activity_types on activities.activity_type = activity_types.activity_type
    where
        activities.is_buyer_act
        or (
            activities.actor_id is not null
            and coalesce(activity_types.category not in ({{ reporting_categories() }}), true)
        )
    group by
        activities.lead_id,
        stays.to_stage,
        activities.activity_type,
        activities.channel,
        activities.content_id
),

followed as (
    select
        acts.lead_id,
        acts.stage,
        stays.segment,
        acts.activity_type,
        acts.channel,
        acts.content_id,
        acts.acted_on,
        cast({{ days_between('stays.entered_on', 'acts.acted_on') }} as integer) as age_days,
        coalesce({{ is_followed }}, false) as has_advanced_30d
    from acts
    inner join stays on acts.lead_id = stays.lead_id and acts.transition_number = stays.transition_number
)

select * from followed
