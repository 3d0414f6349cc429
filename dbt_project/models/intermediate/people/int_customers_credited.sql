with customer_months as (
    select * from {{ ref('int_customer_months') }}
    where opening_mrr > 0
),

months as (
    select * from {{ ref('int_reported_months') }}
),

owners as (
    select * from {{ ref('int_customer_owners') }}
),

renewals as (
    select * from {{ ref('fct_renewals') }}
    where is_due
),

-- Who looks after the customer when the month closes answers for all of it.
retained as (
    select
        customer_months.period_month,
        {{ credited_to('owners.owner_id') }} as rep_id,
        count(*) as opening_customers,
        count(case when customer_months.closing_mrr = 0 then 1 end) as lost_customers,
        sum(customer_months.opening_mrr) as opening_mrr,
        sum(least(customer_months.opening_mrr, customer_months.closing_mrr)) as kept_mrr,
        sum(customer_months.closing_mrr) as retained_mrr
    from customer_months
    inner join months on customer_months.period_month = months.period_month
    left join owners
        on
            customer_months.customer_id = owners.customer_id
            and months.closes_on >= owners.valid_from
            and (owners.valid_to is null or months.closes_on < owners.valid_to)
    group by customer_months.period_month, {{ credited_to('owners.owner_id') }}
),

due as (
    select
        due_month as period_month,
        {{ credited_to('owner_id') }} as rep_id,
        sum(renewed_mrr) as renewed_mrr,
        sum(old_mrr) as old_mrr
    from renewals
    group by due_month, {{ credited_to('owner_id') }}
),

credited as (
    {% for kpi, numerator, denominator in [
        ('logo_churn_rate', 'lost_customers', 'opening_customers'),
        ('grr', 'kept_mrr', 'opening_mrr'),
        ('nrr', 'retained_mrr', 'opening_mrr'),
    ] %}
        select
            period_month,
            '{{ kpi }}' as kpi,
            rep_id,
            {{ numerator }} as numerator,
            {{ denominator }} as denominator
        from retained
        union all
    {% endfor %}
    select
        period_month,
        'renewal_rate' as kpi,
        rep_id,
        renewed_mrr as numerator,
        old_mrr as denominator
    from due
)

select
    period_month,
    kpi,
    rep_id,
    {{ kpi_number('numerator') }} as numerator,
    {{ kpi_number('denominator') }} as denominator
from credited
