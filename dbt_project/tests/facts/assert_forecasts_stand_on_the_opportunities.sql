-- The forecast of as_of goes by what fct_opportunities says of every opportunity, and each open one is in the pipeline.
{{ config(meta={'dagster': {'ref': {'name': 'kpi_pipeline'}}}) }}
with opportunities as (
    select * from {{ ref('fct_opportunities') }}
),

forecast as (
    select * from {{ ref('int_forecast_opportunities') }}
    where is_current
),

pipeline as (
    select * from {{ ref('kpi_pipeline') }}
)

select
    coalesce(opportunities.opportunity_id, forecast.opportunity_id) as opportunity_id,
    'kpi_pipeline: opportunity ' || coalesce(opportunities.opportunity_id, forecast.opportunity_id)
    || ' is not what fct_opportunities says. Rebuild with `revloop refresh --full`.' as message
from opportunities
full outer join forecast on opportunities.opportunity_id = forecast.opportunity_id
left join pipeline on opportunities.opportunity_id = pipeline.opportunity_id
where
    not ({{ same('opportunities.status', 'forecast.status') }})
    or not ({{ same('opportunities.segment', 'forecast.segment') }})
    or not ({{ same('opportunities.created_at', 'forecast.created_at') }})
    or not ({{ same('opportunities.closed_at', 'forecast.closed_at') }})
    or not ({{ same('opportunities.current_phase', 'forecast.phase') }})
    or not ({{ same('opportunities.amount', 'forecast.amount') }})
    or not ({{ same('opportunities.amount_at_close', 'forecast.amount_at_close') }})
    or not ({{ same('opportunities.expected_close_on', 'forecast.expected_close_on') }})
    or not ({{ same('opportunities.is_excluded', 'forecast.is_excluded') }})
    or (opportunities.status = {{ open_status() }} and pipeline.opportunity_id is null)
