with contracts as (
    select * from {{ ref('stg_crm__contracts') }}
    where not is_deleted and signed_at <= {{ as_of() }}
),

resolved as (
    select * from {{ ref('int_lead_survivors') }}
    where not is_erased
),

exchange_rates as (
    select * from {{ ref('exchange_rates') }}
),

customer_leads as (
    select
        contracts.customer_id,
        resolved.survivor_id as lead_id,
        contracts.signed_at,
        row_number() over (
            partition by contracts.customer_id
            order by contracts.signed_at, contracts.contract_id
        ) as naming_number
    from contracts
    inner join resolved on contracts.lead_id = resolved.lead_id
),

covering as (
    select
        *,
        least(
            coalesce({{ days_after('ends_on', 1) }}, date '9999-12-31'),
            coalesce(cancelled_on, date '9999-12-31')
        ) as uncovered_from,
        cancelled_on is not null and (ends_on is null or cancelled_on <= ends_on) as is_cancelled,
        opportunity_id is not null
        and row_number() over (
            partition by opportunity_id
            order by signed_at, contract_id
        ) = 1 as closes_opportunity
    from contracts
),

attached as (
    select
        covering.contract_id,
        covering.customer_id,
        customer_leads.lead_id,
        greatest(covering.signed_at, customer_leads.signed_at) as attached_at,
        covering.signed_at,
        covering.starts_on,
        covering.ends_on,
        covering.cancelled_on,
        covering.uncovered_from,
        covering.uncovered_from > covering.starts_on as is_covering,
        covering.is_cancelled,
        covering.opportunity_id,
        covering.closes_opportunity,
        covering.renews_contract_id,
        covering.owner_id,
        covering.cancel_reason,
        {{ in_reporting_currency('covering.mrr', 'exchange_rates.rate_to_reporting') }} as mrr
    from covering
    left join customer_leads
        on
            covering.customer_id = customer_leads.customer_id
            and customer_leads.naming_number = 1
    left join exchange_rates on covering.currency = exchange_rates.currency
)

select * from attached
