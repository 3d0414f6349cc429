-- Each model of attribution credits an opportunity with exactly 1, on touches that are numbered without a gap, or on
-- the one row that says there were none.
{{ config(meta={'dagster': {'ref': {'name': 'fct_attribution'}}}) }}
with opportunities as (
    select * from {{ touched('fct_opportunities') }}
),

credited as (
    select
        opportunity_id,
        count(*) as row_count,
        count(distinct touch_number) as number_count,
        max(touch_number) as last_number,
        sum(credit_first) as credit_first,
        sum(credit_last) as credit_last,
        sum(credit_linear) as credit_linear,
        sum(credit_u_shaped) as credit_u_shaped,
        sum(credit_w_shaped) as credit_w_shaped,
        sum(credit_time_decay) as credit_time_decay
    from {{ touched('fct_attribution') }}
    group by opportunity_id
)

select
    coalesce(opportunities.opportunity_id, credited.opportunity_id) as opportunity_id,
    'fct_attribution: the credits of opportunity ' || coalesce(opportunities.opportunity_id, credited.opportunity_id)
    || ' do not add up to 1. Rebuild with `revloop refresh --full`.' as message
from opportunities
full outer join credited on opportunities.opportunity_id = credited.opportunity_id
where
    opportunities.opportunity_id is null
    or credited.opportunity_id is null
    or credited.row_count <> credited.number_count
    or credited.row_count <> greatest(credited.last_number, 1)
    or credited.credit_first <> 1
    or credited.credit_last <> 1
    or credited.credit_linear <> 1
    or credited.credit_u_shaped <> 1
    or credited.credit_w_shaped <> 1
    or credited.credit_time_decay <> 1
