{{ per_lead('touched_rows') }}

with activities as (
    select * from {{ touched('int_activities_attached') }}
    where is_buyer_act or actor_id is not null
),

profiles as (
    select * from {{ touched('int_lead_profiles') }}
    where profile = 'current'
),

transitions as (
    select * from {{ touched('fct_stage_transitions') }}
),

-- Nobody acts in a stay of no time.
stays as (
    select
        transitions.*,
        profiles.lead_number
    from transitions
    inner join profiles on transitions.lead_id = profiles.lead_id
    where transitions.exited_at is null or transitions.exited_at > transitions.entered_at
),

placed as (
    select
        activities.activity_id,
        activities.lead_id,
        stays.lead_number,
        activities.activity_type,
        activities.occurred_at,
        activities.occurred_on,
        activities.channel,
        activities.content_id,
        activities.actor_id,
        activities.is_buyer_act,
        stays.transition_number,
        stays.cycle_number,
        stays.to_stage as stage,
        stays.entered_at,
        stays.entered_on,
        case when stays.exit_direction in ({{ advances() }}) then stays.exited_on end as advanced_on,
        case when stays.basis not in ('contract', 'coverage') then stays.source_id end as opening_activity_id
    from activities
    inner join stays
        on
            activities.lead_id = stays.lead_id
            and activities.occurred_at >= stays.entered_at
            and (stays.exited_at is null or activities.occurred_at < stays.exited_at)
)

select * from placed
