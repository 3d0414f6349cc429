{{ per_lead() }}
{% if model.resource_type == 'model' %} {%- do touched('int_activities_attached') -%} {% endif %}

with customers as (
    select * from {{ touched('int_customer_leads') }}
),

-- What a lead that was absorbed did is done by the one that absorbed it, and nothing may have touched that lead.
activities as (
    select * from {{ touched('int_activities_attached') if is_increment() else whole('stg_crm__activities') }}
    where
        activity_type = 'product_used'
        and occurred_at >= {{ local_midnight(days_after(as_of_date(), 1 - 4 * usage_days())) }}
),

activity_types as (
    select * from {{ ref('activity_types') }}
),

attached as (
    {{ activities_of_customers('activities', 'customers', 'activity_types') }}
),

counted as (
    select
        lead_number,
        occurred_on as used_on,
        cast(count(*) as integer) as uses
    from attached
    group by lead_number, occurred_on
),

named as (
    select
        customers.lead_id,
        counted.*
    from counted
    inner join customers on counted.lead_number = customers.lead_number and customers.lead_id = customers.survivor_id
)

select * from named
