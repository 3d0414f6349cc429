{{ config(materialized='incremental', incremental_strategy='touched_leads', on_schema_change='fail') }}

{% set is_followed = "transitions.exit_direction in (" ~ advances() ~ ") and "
    ~ days_between('acts.acted_on', 'transitions.exited_on') ~ " < " ~ effect_days() %}

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

-- Of the last success stage there is no next one.
open_ended_stages as (
    select stage
    from stages
    where success_position is null or success_position < (select max(success_position) from stages)
),

-- What opens a stay belongs to the stage before, what ends it to the next: neither was done in it.
acts as (
    select
        activities.lead_id,
        transitions.to_stage as stage,
        activities.activity_type,
        activities.channel,
        activities.content_id,
        min(activities.occurred_on) as acted_on,
        min(transitions.transition_number) as transition_number
    from activities
    inner join transitions
        on
            activities.lead_id = transitions.lead_id
            and activities.occurred_at > transitions.entered_at
            and (transitions.exited_at is null or activities.occurred_at < transitions.exited_at)
    inner join open_ended_stages on transitions.to_stage = open_ended_stages.stage
    left join activity_types on activities.activity_type = activity_types.activity_type
    where
        activities.is_buyer_act
        or (
            activities.actor_id is not null
            and coalesce(activity_types.category not in ({{ reporting_categories() }}), true)
        )
    group by
        activities.lead_id,
        transitions.to_stage,
        activities.activity_type,
        activities.channel,
        activities.content_id
),

followed as (
    select
        acts.lead_id,
        acts.stage,
        transitions.segment,
        acts.activity_type,
        acts.channel,
        acts.content_id,
        acts.acted_on,
        cast({{ days_between('transitions.entered_on', 'acts.acted_on') }} as integer) as age_days,
        coalesce({{ is_followed }}, false) as has_advanced_30d
    from acts
    inner join transitions
        on acts.lead_id = transitions.lead_id and acts.transition_number = transitions.transition_number
)

select * from followed
