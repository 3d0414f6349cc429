{{ per_lead() }}

with stays as (
    select
        transitions.lead_id,
        transitions.transition_number,
        transitions.cycle_number,
        transitions.to_stage as stage,
        transitions.reason,
        transitions.entered_at,
        profiles.lead_number
    from {{ touched('fct_stage_transitions') }} as transitions
    inner join {{ touched('int_lead_profiles') }} as profiles
        on transitions.lead_id = profiles.lead_id and profiles.profile = 'current'
    where transitions.exited_at is null or transitions.exited_at > transitions.entered_at
),

own_acts as (
    select * from {{ touched('int_activities_attached') }}
    where actor_id is not null
),

leads as (
    select * from {{ touched('int_lead_profiles') }}
    where profile = 'current'
),

recycle_rules as (
    select * from {{ ref('recycle_rules') }}
),

marks as (
    select
        lead_number,
        transition_number,
        entered_at as begins_at
    from stays
    union all
    select
        leads.lead_number,
        null as transition_number,
        own_acts.occurred_at as begins_at
    from own_acts
    inner join leads on own_acts.lead_id = leads.lead_id
),

-- Stays follow each other without a gap: an act is in the stay that began last, and the next mark is the next act by us
-- or the next stay's beginning.
stretches as (
    select
        lead_number,
        begins_at,
        max(transition_number) over (
            partition by lead_number
            order by begins_at, case when transition_number is null then 1 else 0 end
            rows between unbounded preceding and current row
        ) as transition_number,
        lead(begins_at) over (
            partition by lead_number
            order by begins_at, case when transition_number is null then 1 else 0 end
        ) as ends_at
    from marks
),

shortest as (
    select least({{ var('unattended_days') }}, coalesce(min(min_days), {{ var('unattended_days') }})) as days
    from recycle_rules
),

quiet as (
    select
        stays.lead_id,
        stays.transition_number,
        stays.cycle_number,
        stays.stage,
        stays.reason,
        stretches.begins_at,
        stretches.ends_at
    from stretches
    cross join shortest
    inner join stays
        on
            stretches.lead_number = stays.lead_number
            and stretches.transition_number = stays.transition_number
    where
        stretches.ends_at is null
        or (
            stretches.ends_at > stretches.begins_at
            and {{ days_between(local_date('stretches.begins_at'), local_date('stretches.ends_at')) }} >= shortest.days
        )
)

select * from quiet
