{{ per_lead() }}

with transitions as (
    select * from {{ touched('fct_stage_transitions') }}
),

stages as (
    select * from {{ ref('int_stages_coded') }}
    where is_success
),

entries as (
    select
        transitions.lead_id,
        transitions.cycle_number,
        transitions.entered_at,
        transitions.entered_on,
        transitions.segment,
        transitions.lead_source,
        stages.success_position as entered_position,
        max(stages.success_position) over (
            partition by transitions.lead_id, transitions.cycle_number
            order by transitions.transition_number
            rows between unbounded preceding and 1 preceding
        ) as position_before
    from transitions
    inner join stages on transitions.to_stage = stages.stage
),

-- A cycle reaches nothing below the stage it begins with.
advances as (
    select
        *,
        coalesce(position_before, entered_position - 1) as floor_position,
        lead(entered_on) over (partition by lead_id, cycle_number order by entered_position) as next_entered_on
    from entries
    where position_before is null or entered_position > position_before
),

milestones as (
    select
        advances.lead_id,
        advances.cycle_number,
        stages.stage,
        advances.entered_at as reached_at,
        stages.success_position < advances.entered_position as was_skipped,
        advances.entered_on as reached_on,
        case
            when stages.success_position < advances.entered_position then 0
            else cast({{ days_between('advances.entered_on', 'advances.next_entered_on') }} as integer)
        end as days_to_next,
        advances.segment,
        advances.lead_source
    from advances
    inner join stages
        on
            advances.floor_position < stages.success_position
            and advances.entered_position >= stages.success_position
)

select * from milestones
