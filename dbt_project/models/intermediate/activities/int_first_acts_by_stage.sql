{{ per_lead() }}

{% set day_zero = "date '1899-12-31'" %}
{% set days = 131072 %}

with activities as (
    select * from {{ touched('int_activities_attached') }}
),

activity_types as (
    select * from {{ ref('activity_types') }}
),

leads as (
    {{ numbered_leads() }}
),

transitions as (
    select * from {{ touched('fct_stage_transitions') }}
),

stages as (
    select * from {{ ref('int_stages_numbered') }}
),

-- Nobody acts in a stay of no time, and after the last success stage there is no next one to advance to.
stays as (
    select
        transitions.lead_id,
        leads.lead_number,
        transitions.transition_number,
        stages.stage_number,
        transitions.entered_at,
        transitions.exited_at,
        transitions.entered_on,
        case when transitions.exit_direction in ({{ advances() }}) then transitions.exited_on end as advanced_on
    from transitions
    inner join leads on transitions.lead_id = leads.lead_id
    inner join stages on transitions.to_stage = stages.stage
    where
        (transitions.exited_at is null or transitions.exited_at > transitions.entered_at)
        and (not stages.is_success or stages.next_stage is not null)
),

-- What opens a stay is the first act in it; what ends it belongs to the next. One number tells in which stay an act is,
-- the day, the age of the stay, and whether an advance followed: it is least for the first act of the first stay, and
-- groups of one number cost half of what groups of five dates do.
first_acts as (
    select
        stays.lead_number,
        stays.stage_number,
        activities.activity_type,
        activities.channel,
        activities.content_id,
        min(
            (
                (
                    cast(stays.transition_number as bigint) * {{ days }}
                    + {{ days_between(day_zero, 'activities.occurred_on') }}
                ) * {{ days }}
                + {{ days_between('stays.entered_on', 'activities.occurred_on') }}
            ) * 2
            + case
                when {{ days_between('activities.occurred_on', 'stays.advanced_on') }} < {{ effect_days() }} then 1
                else 0
            end
        ) as bearing
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
        stays.lead_number,
        stays.stage_number,
        activities.activity_type,
        activities.channel,
        activities.content_id
),

followed as (
    select
        leads.lead_id,
        stages.stage,
        leads.segment,
        first_acts.activity_type,
        first_acts.channel,
        first_acts.content_id,
        {{ days_after(day_zero, whole_quotient('first_acts.bearing', 2 * days) ~ ' % ' ~ days) }} as acted_on,
        cast({{ whole_quotient('first_acts.bearing', 2) }} % {{ days }} as integer) as age_days,
        first_acts.bearing % 2 = 1 as has_advanced_30d
    from first_acts
    inner join leads on first_acts.lead_number = leads.lead_number
    inner join stages on first_acts.stage_number = stages.stage_number
)

select * from followed
