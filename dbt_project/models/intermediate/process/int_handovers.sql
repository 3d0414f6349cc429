{{ per_lead() }}

{% set days = handover_days() %}

with transitions as (
    select * from {{ touched('fct_stage_transitions') }}
),

stages as (
    select
        stages.stage,
        stages.department,
        numbered.is_success,
        numbered.next_stage
    from {{ ref('stages') }} as stages
    inner join {{ ref('int_stages_numbered') }} as numbered on stages.stage = numbered.stage
),

milestones as (
    select * from {{ touched('fct_stage_milestones') }}
),

answers as (
    select
        lead_id,
        occurred_at,
        activity_id,
        activity_type = 'opportunity_accepted' as is_acceptance
    from {{ touched('int_opportunity_activities') }}
    where activity_type in ('opportunity_accepted', 'opportunity_rejected')
),

wins as (
    select
        lead_id,
        closed_at,
        {{ local_date('closed_at') }} as closed_on
    from {{ touched('fct_opportunities') }}
    where status = {{ won_status() }}
),

-- A lead that leaves the stage it was handed into goes to a higher success stage, to a lower one or to a detour.
handed as (
    select
        transitions.lead_id,
        transitions.transition_number,
        transitions.cycle_number,
        {{ month_of('transitions.entered_on') }} as period_month,
        from_stages.department as from_department,
        to_stages.department as to_department,
        transitions.segment,
        transitions.entered_at,
        transitions.entered_on,
        transitions.exited_at,
        case when transitions.exit_direction in ({{ advances() }}) then transitions.exited_on end as advanced_on,
        to_stages.next_stage
    from transitions
    inner join stages as from_stages on transitions.from_stage = from_stages.stage
    inner join stages as to_stages
        on
            transitions.to_stage = to_stages.stage
            and to_stages.is_success
            and from_stages.department <> to_stages.department
),

-- What is said in so many words counts until the lead has left, and before what its leaving says.
first_answers as (
    select
        handed.lead_id,
        handed.transition_number,
        min({{ struct_of({
            'occurred_at': 'answers.occurred_at',
            'activity_id': 'answers.activity_id',
            'is_acceptance': 'answers.is_acceptance',
        }) }}) as answer
    from handed
    inner join answers
        on
            handed.lead_id = answers.lead_id
            and handed.entered_at <= answers.occurred_at
            and coalesce(handed.exited_at >= answers.occurred_at, true)
    group by handed.lead_id, handed.transition_number
),

spoken as (
    select
        first_answers.lead_id,
        first_answers.transition_number,
        first_answers.answer.occurred_at,
        first_answers.answer.is_acceptance
    from first_answers
),

-- Who advanced has reached the next stage; who has not, may yet reach it in this cycle.
came_back as (
    select
        handed.lead_id,
        handed.transition_number,
        milestones.reached_on
    from handed
    inner join milestones
        on
            handed.lead_id = milestones.lead_id
            and handed.cycle_number = milestones.cycle_number
            and handed.next_stage = milestones.stage
            and handed.exited_at <= milestones.reached_at
    where handed.advanced_on is null
),

won as (
    select distinct
        handed.lead_id,
        handed.transition_number
    from handed
    inner join wins
        on
            handed.lead_id = wins.lead_id
            and handed.entered_at <= wins.closed_at
            and {{ days_between('handed.entered_on', 'wins.closed_on') }} < {{ days.win }}
),

answered as (
    select
        handed.lead_id,
        handed.transition_number,
        handed.period_month,
        handed.from_department,
        handed.to_department,
        handed.segment,
        handed.entered_at,
        case
            when spoken.lead_id is not null then spoken.is_acceptance
            when handed.exited_at is not null then handed.advanced_on is not null
        end as is_accepted,
        coalesce(spoken.occurred_at, handed.exited_at) as answered_at,
        handed.next_stage is not null as has_next_stage,
        coalesce(
            {{ days_between('handed.entered_on', 'coalesce(handed.advanced_on, came_back.reached_on)') }}
            < {{ days.next_stage }},
            false
        ) as has_reached_next,
        won.lead_id is not null as has_won
    from handed
    left join spoken
        on handed.lead_id = spoken.lead_id and handed.transition_number = spoken.transition_number
    left join came_back
        on handed.lead_id = came_back.lead_id and handed.transition_number = came_back.transition_number
    left join won
        on handed.lead_id = won.lead_id and handed.transition_number = won.transition_number
)

select * from answered
