with opportunities as (
    select * from {{ ref('fct_opportunities') }}
    where status = {{ open_status() }}
),

forecast as (
    select * from {{ ref('int_forecast_opportunities') }}
    where is_current and status = {{ open_status() }}
),

rates as (
    select rates.*
    from {{ ref('int_forecast_phase_rates') }} as rates
    inner join {{ ref('int_forecast_origins') }} as origins on rates.forecast_as_of = origins.forecast_as_of
    where origins.is_current
),

weighed as (
    select
        opportunities.opportunity_id,
        opportunities.lead_id,
        opportunities.owner_id,
        opportunities.segment,
        opportunities.current_phase as phase,
        forecast.phase_entered_at,
        opportunities.amount,
        rates.phase_win_rate,
        rates.win_rate_basis,
        rates.won_opportunities,
        rates.matured_opportunities,
        {{ weighted_amount('opportunities.amount', 'rates') }} as weighted_amount,
        forecast.forecast_category,
        opportunities.expected_close_on,
        coalesce(opportunities.expected_close_on < {{ as_of_date() }}, false) as is_slipped,
        opportunities.push_count
    from opportunities
    inner join forecast on opportunities.opportunity_id = forecast.opportunity_id
    inner join rates on opportunities.segment = rates.segment and opportunities.current_phase = rates.phase
)

select * from weighed
