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

-- Days only grow from act to act and from stay to stay, so that the least of each is the first act's.
first_acts as (
    select
        activities.lead_number,
        stages.stage_number,
        activities.activity_type,
        activities.channel,
        activities.content_id,
        min(activities.occurred_on) as acted_on,
        min(activities.entered_on) as entered_on,
        min_by(coalesce(activities.advanced_on, date '9999-12-31'), activities.transition_number) as advanced_on
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

followed as (
    select
        profiles.lead_id,
        stages.stage,
        profiles.segment,
        first_acts.activity_type,
        first_acts.channel,
        first_acts.content_id,
        first_acts.acted_on,
        cast({{ days_between('first_acts.entered_on', 'first_acts.acted_on') }} as integer) as age_days,
        {{ days_between('first_acts.acted_on', 'first_acts.advanced_on') }} < {{ effect_days() }} as has_advanced_30d
    from first_acts
    inner join profiles on first_acts.lead_number = profiles.lead_number
    inner join stages on first_acts.stage_number = stages.stage_number
)

select * from followed
