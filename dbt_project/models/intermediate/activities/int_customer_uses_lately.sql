{{ config(materialized='view') }}

{% set days_ago = days_between('used_on', as_of_date()) %}

with uses as (
    select * from {{ ref('int_customer_uses_by_day') }}
    where {{ days_ago }} < {{ 4 * usage_days() }}
),

summed as (
    select
        lead_number,
        cast(sum(case when {{ days_ago }} < {{ usage_days() }} then uses else 0 end) as integer) as recent_uses,
        cast(sum(case when {{ days_ago }} >= {{ usage_days() }} then uses else 0 end) as integer) as uses_before
    from uses
    group by lead_number
)

select * from summed
