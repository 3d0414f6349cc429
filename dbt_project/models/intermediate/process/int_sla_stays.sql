{{ per_lead() }}

with transitions as (
    select * from {{ touched('fct_stage_transitions') }}
),

leads as (
    select * from {{ touched('int_leads_merged') }}
),

own_activities as (
    select * from {{ touched('int_activity_stays') }}
    where actor_id is not null
),

-- How fast an answer comes is asked of the stage that calls for an answer, be its limit given or not.
stages as (
    select * from {{ ref('stages') }}
    where stay = 'sla' or stage = {{ score_stage() }}
),

openings as (
    select * from {{ ref('int_business_openings') }}
),

stays as (
    select
        transitions.lead_id,
        transitions.transition_number,
        transitions.to_stage as stage,
        transitions.segment,
        leads.owner_id,
        leads.country,
        transitions.entered_at,
        transitions.exited_at,
        case when stages.stay = 'sla' then {{ hours_in_microseconds('stages.sla_hours') }} end as limit_microseconds
    from transitions
    inner join stages on transitions.to_stage = stages.stage
    inner join leads on transitions.lead_id = leads.lead_id
),

-- The next act by us in the order of time and id; leaving the stage ends the wait too.
touches as (
    select
        own_activities.lead_id,
        own_activities.transition_number,
        min(own_activities.occurred_at) as touched_at
    from own_activities
    inner join stages on own_activities.stage = stages.stage
    where
        own_activities.entered_at < own_activities.occurred_at
        or own_activities.opening_activity_id is null
        or own_activities.opening_activity_id < own_activities.activity_id
    group by own_activities.lead_id, own_activities.transition_number
),

answered as (
    select
        stays.*,
        coalesce(least(touches.touched_at, stays.exited_at), touches.touched_at, stays.exited_at) as answered_at
    from stays
    left join touches
        on stays.lead_id = touches.lead_id and stays.transition_number = touches.transition_number
),

placed as (
    select
        answered.*,
        {{ open_microseconds('entry_openings', 'answered.entered_at') }} as open_before_entry,
        {{ open_microseconds('answer_openings', 'answered.answered_at') }} as open_before_answer
    from answered
    left join openings as entry_openings
        on {{ is_last_opening('entry_openings', 'answered.country', 'answered.entered_at') }}
    left join openings as answer_openings
        on {{ is_last_opening('answer_openings', 'answered.country', 'answered.answered_at') }}
),

timed as (
    select
        placed.lead_id,
        placed.transition_number,
        placed.stage,
        placed.segment,
        placed.owner_id,
        placed.country,
        placed.entered_at,
        placed.exited_at,
        {{ deadline('ends', 'placed.entered_at', 'placed.open_before_entry', 'placed.limit_microseconds') }} as due_at,
        placed.answered_at,
        coalesce(
            placed.open_before_answer - placed.open_before_entry,
            {{ microseconds_between('placed.entered_at', 'placed.answered_at') }}
        ) as answer_microseconds
    from placed
    left join {{ openings_by_hour('openings') }} as ends
        on {{ is_opening_at('ends', 'placed.country', 'placed.open_before_entry + placed.limit_microseconds') }}
)

select * from timed
