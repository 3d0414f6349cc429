{% set days_ago = days_between('attached.occurred_on', as_of_date()) %}

with customers as (
    select * from {{ ref('int_customer_leads') }}
),

activities as (
    select * from {{ ref('stg_crm__activities') }}
    where
        activity_type = 'product_used'
        and occurred_at >= {{ local_midnight(days_after(as_of_date(), 1 - 4 * usage_days())) }}
),

activity_types as (
    select * from {{ ref('activity_types') }}
),

attached as (
    {{ attached_activities('activities', 'customers', 'activity_types', whose='lead_number') }}
),

counted as (
    select
        attached.lead_number,
        cast(count(case when {{ days_ago }} < {{ usage_days() }} then 1 end) as integer) as recent_uses,
        cast(count(case when {{ days_ago }} >= {{ usage_days() }} then 1 end) as integer) as uses_before
    from attached
    group by attached.lead_number
)

select * from counted
