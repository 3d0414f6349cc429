-- A failure means: amounts in the reporting currency would be converted, or all others into another one.
{%- set reporting_currency = var('reporting_currency') %}

with numbered as (
    select * from {{ seed_rows(ref('exchange_rates')) }} as seed
)

select
    {{ seed_message(
        'exchange_rates', ['currency'],
        'rate_to_reporting {rate_to_reporting} is that of the reporting currency (var reporting_currency), which is 1. '
        ~ 'Divide every rate of the file by {!rate_to_reporting}, or set the var to the currency that has rate 1.'
    ) }} as message
from numbered
where currency = '{{ reporting_currency }}' and rate_to_reporting <> 1

union all

select
    'exchange_rates.csv: the reporting currency ''{{ reporting_currency }}'' (var reporting_currency) has no row. '
    || 'Add it with rate 1, and state every other rate as the value of one unit in {{ reporting_currency }}.' as message
from numbered
where currency = '{{ reporting_currency }}'
having count(*) = 0
