-- A failure means: no component of a customer's health has a weight, so that nobody has a score.
{{ config(meta={'dagster': {'ref': {'name': 'health_weights'}}}) }}
with health_total as (
    select coalesce(sum(weight), 0) as weight from {{ ref('health_weights') }}
)

select
    {{ seed_sentence(
        'health_weights.csv: the weights add up to {weight}. Give one component a weight above 0.'
    ) }} as message
from health_total
where weight <= 0
