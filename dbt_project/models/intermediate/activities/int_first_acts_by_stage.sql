{{ per_lead() }}

with activities as (
    select * from {{ touched('int_activity_stays') }}
),

activity_types as (
    select * from {{ ref('activity_types') }}
),

profiles as (
    select * from {{ touched('int_lead_profiles') }}
    where profile = 'current'
),

-- After the last success stage there is no next one to advance to.
stages as (
    select * from {{ ref('int_stages_numbered') }}
    where not is_success or next_stage is not null
),

-- The first act is the one of the least day; what is told with it is the same for all acts of one stay and day.
first_acts as (
    select
        activities.lead_number,
        stages.stage_number,
        activities.activity_type,
        activities.channel,
        activities.content_id,
        min({{ struct_of({
            'acted_on': 'activities.occurred_on',
            'transition_number': 'activities.transition_number',
            'entered_on': 'activities.entered_on',
            'advanced_on': 'activities.advanced_on',
        }) }}) as act
    from activities
    inner join stages on activities.stage = stages.stage
    left join activity_types on activities.activity_type = activity_types.activity_type
    where
        activities.is_buyer_act
        or coalesce(activity_types.category not in ({{ reporting_categories() }}), true)
    group by
        activities.lead_number,
        stages.stage_number,
        activities.activity_type,
        activities.channel,
        activities.content_id
),

told as (
    select
        first_acts.lead_number,
        first_acts.stage_number,
        first_acts.activity_type,
        first_acts.channel,
        first_acts.content_id,
        first_acts.act.acted_on,
        first_acts.act.entered_on,
        first_acts.act.advanced_on
    from first_acts
),

followed as (
    select
        profiles.lead_id,
        stages.stage,
        profiles.segment,
        told.activity_type,
        told.channel,
        told.content_id,
        told.acted_on,
        cast({{ days_between('told.entered_on', 'told.acted_on') }} as integer) as age_days,
        coalesce({{ days_between('told.acted_on', 'told.advanced_on') }} < {{ effect_days() }}, false)
            as has_advanced_30d
    from told
    inner join profiles on told.lead_number = profiles.lead_number
    inner join stages on told.stage_number = stages.stage_number
)

select * from followed
