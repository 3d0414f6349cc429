with months as (
    select * from {{ ref('int_reported_months') }}
),

listed_segments as (
    select * from {{ ref('segments') }}
),

leads as (
    select * from {{ ref('dim_leads') }}
),

lead_supply as (
    select * from {{ ref('kpi_lead_supply') }}
),

opportunities as (
    select * from {{ ref('fct_opportunities') }}
),

customer_months as (
    select * from {{ ref('int_customer_months') }}
),

supplied as (
    select
        cohort_month as period_month,
        {{ credited_to('segment') }} as segment,
        sum(leads) as new_leads,
        sum(spend_amount) as spend_amount
    from lead_supply
    group by cohort_month, {{ credited_to('segment') }}
),

created as (
    select
        {{ month_of(local_date('created_at')) }} as period_month,
        segment,
        count(*) as opportunities
    from opportunities
    group by {{ month_of(local_date('created_at')) }}, segment
),

closed as (
    select
        {{ month_of(local_date('closed_at')) }} as period_month,
        segment,
        count(case when status = {{ won_status() }} then 1 end) as wins,
        coalesce(sum(case when status = {{ won_status() }} then amount_at_close end), 0) as won_amount,
        count(case when not is_excluded then 1 end) as outcomes_of_selling,
        {{ median("case when status = " ~ won_status() ~ " then days_open end") }} as sales_cycle_days_median
    from opportunities
    where status <> {{ open_status() }}
    group by {{ month_of(local_date('closed_at')) }}, segment
),

retained as (
    select
        customer_months.period_month,
        {{ credited_to('leads.segment') }} as segment,
        count(case when customer_months.opening_mrr > 0 then 1 end) as opening_customers,
        count(case
            when customer_months.opening_mrr > 0 and customer_months.closing_mrr = 0 then 1
        end) as lost_customers,
        count(case when customer_months.closing_mrr > 0 then 1 end) as customers,
        sum(customer_months.opening_mrr) as opening_mrr,
        sum(least(customer_months.opening_mrr, customer_months.closing_mrr)) as kept_mrr,
        sum(
            case when customer_months.opening_mrr > 0 then customer_months.closing_mrr else 0 end
        ) as retained_mrr,
        sum(customer_months.closing_mrr) as mrr
    from customer_months
    left join leads on customer_months.lead_id = leads.lead_id
    group by customer_months.period_month, {{ credited_to('leads.segment') }}
),

segments as (
    select segment from listed_segments
    union
    select segment from supplied
    union
    select segment from created
    union
    select segment from closed
    union
    select segment from retained
),

results as (
    select
        months.period_month,
        months.is_complete,
        segments.segment,
        cast(coalesce(supplied.new_leads, 0) as bigint) as new_leads,
        cast(supplied.spend_amount as decimal(18, 2)) as spend_amount,
        coalesce(created.opportunities, 0) as opportunities,
        coalesce(closed.wins, 0) as wins,
        cast(coalesce(closed.won_amount, 0) as decimal(18, 2)) as won_amount,
        coalesce(closed.outcomes_of_selling, 0) as outcomes_of_selling,
        closed.sales_cycle_days_median,
        coalesce(retained.opening_customers, 0) as opening_customers,
        coalesce(retained.lost_customers, 0) as lost_customers,
        coalesce(retained.customers, 0) as customers,
        cast(coalesce(retained.opening_mrr, 0) as decimal(18, 2)) as opening_mrr,
        cast(coalesce(retained.kept_mrr, 0) as decimal(18, 2)) as kept_mrr,
        cast(coalesce(retained.retained_mrr, 0) as decimal(18, 2)) as retained_mrr,
        cast(coalesce(retained.mrr, 0) as decimal(18, 2)) as mrr
    from months
    cross join segments
    left join supplied
        on months.period_month = supplied.period_month and segments.segment = supplied.segment
    left join created
        on months.period_month = created.period_month and segments.segment = created.segment
    left join closed
        on months.period_month = closed.period_month and segments.segment = closed.segment
    left join retained
        on months.period_month = retained.period_month and segments.segment = retained.segment
)

select * from results
