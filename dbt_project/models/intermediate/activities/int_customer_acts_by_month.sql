{{ per_lead('view') }}
{% if model.resource_type == 'model' %} {%- do touched('int_activities_attached') -%} {% endif %}

with customers as (
    select * from {{ touched('int_customer_leads') }}
),

transitions as (
    select * from {{ touched('fct_stage_transitions') }}
),

-- What a lead that was absorbed did is done by the one that absorbed it, and nothing may have touched that lead.
activities as (
    select * from {{ touched('int_activities_attached') if is_increment() else whole('stg_crm__activities') }}
),

activity_types as (
    select * from {{ ref('activity_types') }}
),

adoption_criteria as (
    select distinct
        activity_type,
        outcome
    from {{ ref('stage_criteria') }}
    where stage = {{ adopted_stage() }}
),

-- How the days of a month count in the months that are scored after it.
days as (
    select
        date_day,
        {{ month_of('date_day') }} as act_month,
        {{ days_between('date_day', months_after(month_of('date_day'), 1)) }} <= {{ usage_days() }} as is_recent,
        {{ days_between('date_day', months_after(month_of('date_day'), 4)) }} <= {{ 4 * usage_days() }} as is_remembered
    from {{ day_series("date '1899-12-31'", "date '2201-01-01'") }} as days
),

attached as (
    {{ activities_of_customers('activities', 'customers', 'activity_types') }}
),

-- Every day has its month: the outer join only keeps the planner from thinking that few acts have one.
placed as (
    select
        attached.lead_number,
        attached.occurred_at,
        attached.activity_type = 'product_used' as is_use,
        attached.is_buyer_act,
        attached.actor_id is not null as is_own_act,
        criteria_of_type.activity_type is not null or criteria_of_outcome.activity_type is not null as is_adoption,
        days.act_month,
        days.is_recent,
        days.is_remembered
    from attached
    left join days on attached.occurred_on = days.date_day
    left join adoption_criteria as criteria_of_type
        on attached.activity_type = criteria_of_type.activity_type and criteria_of_type.outcome is null
    left join adoption_criteria as criteria_of_outcome
        on
            attached.activity_type = criteria_of_outcome.activity_type
            and attached.outcome = criteria_of_outcome.outcome
),

counted as (
    select
        lead_number,
        act_month,
        cast(count(case when is_use then 1 end) as integer) as uses,
        cast(count(case when is_use and is_recent then 1 end) as integer) as recent_uses,
        cast(count(case when is_use and is_remembered then 1 end) as integer) as remembered_uses,
        min(case when is_buyer_act then occurred_at end) as first_buyer_act_at,
        max(case when is_buyer_act then occurred_at end) as last_buyer_act_at,
        min(case when is_own_act then occurred_at end) as first_care_at,
        max(case when is_own_act then occurred_at end) as last_care_at,
        min(case when is_adoption then occurred_at end) as adopted_at,
        cast(null as timestamptz) as seen_at
    from placed
    where is_use or is_buyer_act or is_own_act or is_adoption
    group by lead_number, act_month
    union all
    select
        customers.lead_number,
        {{ month_of('transitions.entered_on') }} as act_month,
        0 as uses,
        0 as recent_uses,
        0 as remembered_uses,
        null as first_buyer_act_at,
        null as last_buyer_act_at,
        min(transitions.entered_at) as first_care_at,
        max(transitions.entered_at) as last_care_at,
        null as adopted_at,
        min(transitions.entered_at) as seen_at
    from transitions
    inner join customers on transitions.lead_id = customers.lead_id
    group by customers.lead_number, {{ month_of('transitions.entered_on') }}
),

summed as (
    select
        lead_number,
        act_month,
        sum(uses) as uses,
        sum(recent_uses) as recent_uses,
        sum(remembered_uses) as remembered_uses,
        min(first_buyer_act_at) as first_buyer_act_at,
        max(last_buyer_act_at) as last_buyer_act_at,
        min(first_care_at) as first_care_at,
        max(last_care_at) as last_care_at,
        min(adopted_at) as adopted_at,
        min(seen_at) as seen_at
    from counted
    group by lead_number, act_month
),

named as (
    select
        customers.lead_id,
        summed.*
    from summed
    inner join customers on summed.lead_number = customers.lead_number and customers.lead_id = customers.survivor_id
)

select * from named
