{{ per_lead() }}

with transitions as (
    select * from {{ touched('fct_stage_transitions') }}
),

stages as (
    select * from {{ ref('int_stages_numbered') }}
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
        stages.stage_number as entered_number,
        max(stages.stage_number) over (
            partition by transitions.lead_id, transitions.cycle_number
            order by transitions.transition_number
            rows between unbounded preceding and 1 preceding
        ) as number_before
    from transitions
    inner join stages on transitions.to_stage = stages.stage
),

-- A cycle reaches nothing below the stage it begins with.
advances as (
    select
        *,
        coalesce(number_before, entered_number - 1) as floor_number,
        lead(entered_on) over (partition by lead_id, cycle_number order by entered_number) as next_entered_on
    from entries
    where number_before is null or entered_number > number_before
),

milestones as (
    select
        advances.lead_id,
        advances.cycle_number,
        stages.stage,
        advances.entered_at as reached_at,
        stages.stage_number < advances.entered_number as was_skipped,
        advances.entered_on as reached_on,
        case
            when stages.stage_number < advances.entered_number then 0
            else cast({{ days_between('advances.entered_on', 'advances.next_entered_on') }} as integer)
        end as days_to_next,
        advances.segment,
        advances.lead_source
    from advances
    inner join stages
        on
            advances.floor_number < stages.stage_number
            and advances.entered_number >= stages.stage_number
)

select * from milestones
