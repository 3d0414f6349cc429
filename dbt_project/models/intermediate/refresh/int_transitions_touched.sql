{{ per_lead('touched_rows') }}

with transitions as (
    select
        lead_id,
        transition_number,
        cycle_number,
        from_stage,
        to_stage,
        entered_at,
        exited_at,
        entered_on,
        exited_on,
        seconds_in_stage,
        direction,
        exit_direction,
        basis,
        source_id,
        actor_id,
        reason,
        segment,
        lead_source
    from {{ touched('fct_stage_transitions') }}
)

select * from transitions
