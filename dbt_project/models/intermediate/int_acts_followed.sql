{{ config(materialized='incremental', incremental_strategy='touched_leads', on_schema_change='fail') }}

with activities as (
    select * from {{ ref('int_activities_attached') }}
    where {{ is_touched('lead_id') }}
),

activity_types as (
    select * from {{ ref('activity_types') }}
),

-- Nobody acts in a stay of no time.
transitions as (
    select * from {{ ref('fct_stage_transitions') }}
    where {{ is_touched('lead_id') }} and (exited_at is null or exited_at > entered_at)
),

stages as (
    select * from {{ ref('int_stages_coded') }}
),

-- After the last success stage there is no next one to advance to.
stays as (
    select
        transitions.*,
        case when transitions.exit_direction in ({{ advances() }}) then transitions.exited_at end as advanced_at
    from transitions
    inner join stages on transitions.to_stage = stages.stage
    where
        stages.success_position is null
        or stages.success_position < (select max(all_stages.success_position) from stages as all_stages)
),

-- What opens a stay is the first act in it; what ends it belongs to the next. Stays with acts in them follow upon each
-- other, so that the least of each is of the first stay, whose end was an advance if none is before the first advance.
acts as (
    select
        activities.lead_id,
        stays.to_stage as stage,
        stays.segment,
        activities.activity_type,
        activities.channel,
        activities.content_id,
        min(activities.occurred_on) as acted_on,
        min(stays.entered_on) as entered_on,
        min(stays.exited_on) as exited_on,
        min(stays.exited_at) as exited_at,
        min(stays.advanced_at) as advanced_at
    from activities
    inner join stays
        on
            activities.lead_id = stays.lead_id
            and activities.occurred_at >= stays.entered_at
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
        stays.segment,
        activities.activity_type,
        activities.channel,
        activities.content_id
),

followed as (
    select
        lead_id,
        stage,
        segment,
        activity_type,
        channel,
        content_id,
        acted_on,
        cast({{ days_between('entered_on', 'acted_on') }} as integer) as age_days,
        coalesce(
            advanced_at = exited_at and {{ days_between('acted_on', 'exited_on') }} < {{ effect_days() }}, false
        ) as has_advanced_30d
    from acts
)

select * from followed
