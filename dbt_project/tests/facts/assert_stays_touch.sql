-- Each lead is in exactly one stage from its capture on: stays are numbered without a gap, and each begins where and
-- when the one before ended. The stays that a night did not touch are those that were audited the night before.
{{ config(meta={'dagster': {'ref': {'name': 'fct_stage_transitions'}}}) }}
with stays as (
    select
        *,
        lag(transition_number) over in_order as number_before,
        lag(to_stage) over in_order as stage_before,
        lag(exited_at) over in_order as exited_before,
        lead(transition_number) over in_order as number_after
    from {{ touched('fct_stage_transitions') }}
    window in_order as (partition by lead_id order by transition_number, entered_at)
)

select
    lead_id,
    transition_number,
    'fct_stage_transitions: stay ' || cast(transition_number as varchar) || ' of lead ' || lead_id
    || ' does not begin where and when the one before ended. Rebuild with `revloop refresh --full`.' as message
from stays
where
    transition_number <> coalesce(number_before, 0) + 1
    or not ({{ same('from_stage', 'stage_before') }})
    or (number_before is not null and not ({{ same('entered_at', 'exited_before') }}))
    or (number_after is null) <> (exited_at is null)
    or exited_at < entered_at
