-- The stays of an opportunity are numbered without a gap and in their order, begin with it, and one goes on, in the
-- current phase, exactly while it is open.
{{ config(meta={'dagster': {'ref': {'name': 'fct_opportunity_phases'}}}) }}
with opportunities as (
    select * from {{ touched('fct_opportunities') }}
),

stays as (
    select
        *,
        lag(phase_number) over in_order as number_before,
        lag(exited_at) over in_order as exited_before,
        lead(phase_number) over in_order as number_after
    from {{ touched('fct_opportunity_phases') }}
    window in_order as (partition by opportunity_id order by phase_number, entered_at)
)

select
    opportunities.opportunity_id,
    'fct_opportunity_phases: the stays of opportunity ' || opportunities.opportunity_id
    || ' are not those of its life in fct_opportunities. Rebuild with `revloop refresh --full`.' as message
from opportunities
left join stays on opportunities.opportunity_id = stays.opportunity_id
where
    stays.phase_number is null
    or stays.phase_number <> coalesce(stays.number_before, 0) + 1
    or (stays.number_before is null and stays.entered_at <> opportunities.created_at)
    or (stays.number_before is not null and coalesce(stays.exited_before > stays.entered_at, true))
    or stays.exited_at < stays.entered_at
    or (stays.exited_at is null) <> (stays.number_after is null and opportunities.status = {{ open_status() }})
    or (stays.exited_at is null and stays.phase <> opportunities.current_phase)
    or stays.exited_at > coalesce(opportunities.closed_at, stays.exited_at)
