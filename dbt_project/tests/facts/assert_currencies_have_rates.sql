-- An amount in a currency that nobody gave a rate for has no meaning in a sum.
{{ config(meta={'dagster': {'ref': {'name': 'stg_crm__contracts'}}}) }}
with named as (
    select
        currency,
        'contract ' || contract_id as example
    from {{ ref('stg_crm__contracts') }}
    where not is_deleted and currency is not null
    union all
    select
        currency,
        'activity ' || activity_id as example
    from {{ ref('int_activities_attached') }}
    where currency is not null and amount is not null
)

select
    named.currency,
    'exchange_rates.csv: currency ' || named.currency || ' has no rate, yet ' || min(named.example)
    || ' is in it. Add a row with its rate to the reporting currency.' as message
from named
left join {{ ref('exchange_rates') }} as exchange_rates on named.currency = exchange_rates.currency
where exchange_rates.currency is null
group by named.currency
