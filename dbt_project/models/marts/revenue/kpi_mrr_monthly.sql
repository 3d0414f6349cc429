with movements as (
    select * from {{ ref('fct_mrr_movements') }}
),

months as (
    select distinct {{ month_of('days.date_day') }} as period_month
    from {{ day_series("(select min(movement_date) from movements)", as_of_date()) }} as days
),

-- What a customer had when the month opened and has when it closes; who did not move in it keeps what it had.
customer_months as (
    select
        customer_id,
        {{ month_of('movement_date') }} as period_month,
        sum(case when movement_type = 'new' then amount else 0 end) as new_mrr,
        sum(case when movement_type = 'expansion' then amount else 0 end) as expansion_mrr,
        sum(case when movement_type = 'contraction' then amount else 0 end) as contraction_mrr,
        sum(case when movement_type = 'churn' then amount else 0 end) as churn_mrr,
        sum(case when movement_type = 'reactivation' then amount else 0 end) as reactivation_mrr,
        min(case when is_first then opening_mrr end) as opening_mrr,
        min(case when is_last then closing_mrr end) as closing_mrr
    from (
        select
            *,
            row_number() over (
                partition by customer_id, {{ month_of('movement_date') }} order by movement_date
            ) = 1 as is_first,
            row_number() over (
                partition by customer_id, {{ month_of('movement_date') }} order by movement_date desc
            ) = 1 as is_last
        from movements
    ) as ordered_movements
    group by customer_id, {{ month_of('movement_date') }}
),

summed as (
    select
        months.period_month,
        coalesce(sum(customer_months.new_mrr), 0) as new_mrr,
        coalesce(sum(customer_months.expansion_mrr), 0) as expansion_mrr,
        coalesce(sum(customer_months.contraction_mrr), 0) as contraction_mrr,
        coalesce(sum(customer_months.churn_mrr), 0) as churn_mrr,
        coalesce(sum(customer_months.reactivation_mrr), 0) as reactivation_mrr,
        coalesce(sum(customer_months.closing_mrr - customer_months.opening_mrr), 0) as net_mrr,
        coalesce(sum(
            case when customer_months.closing_mrr > 0 then 1 else 0 end
            - case when customer_months.opening_mrr > 0 then 1 else 0 end
        ), 0) as net_customers,
        coalesce(sum(
            case
                when customer_months.opening_mrr > 0
                    then greatest(customer_months.opening_mrr - customer_months.closing_mrr, 0)
            end
        ), 0) as lost_mrr,
        coalesce(sum(
            case
                when customer_months.opening_mrr > 0
                    then customer_months.closing_mrr - customer_months.opening_mrr
            end
        ), 0) as net_mrr_of_customers,
        coalesce(sum(
            case when customer_months.opening_mrr > 0 and customer_months.closing_mrr = 0 then 1 end
        ), 0) as lost_customers
    from months
    left join customer_months on months.period_month = customer_months.period_month
    group by months.period_month
),

accumulated as (
    select
        *,
        sum(net_mrr) over so_far as closing_mrr,
        sum(net_customers) over so_far as customers
    from summed
    window so_far as (order by period_month rows between unbounded preceding and current row)
),

monthly as (
    select
        period_month,
        cast(closing_mrr - net_mrr as decimal(18, 2)) as opening_mrr,
        cast(new_mrr as decimal(18, 2)) as new_mrr,
        cast(expansion_mrr as decimal(18, 2)) as expansion_mrr,
        cast(contraction_mrr as decimal(18, 2)) as contraction_mrr,
        cast(churn_mrr as decimal(18, 2)) as churn_mrr,
        cast(reactivation_mrr as decimal(18, 2)) as reactivation_mrr,
        cast(closing_mrr as decimal(18, 2)) as closing_mrr,
        cast(customers as bigint) as customers,
        cast(customers - net_customers as bigint) as opening_customers,
        cast(lost_customers as bigint) as lost_customers,
        cast(closing_mrr - net_mrr - lost_mrr as decimal(18, 2)) as kept_mrr,
        cast(closing_mrr - net_mrr + net_mrr_of_customers as decimal(18, 2)) as retained_mrr,
        {{ ratio('closing_mrr - net_mrr - lost_mrr', 'closing_mrr - net_mrr') }} as grr,
        {{ ratio('closing_mrr - net_mrr + net_mrr_of_customers', 'closing_mrr - net_mrr') }} as nrr,
        {{ ratio('lost_customers', 'customers - net_customers') }} as logo_churn_rate,
        {{ is_complete('period_month') }} as is_complete
    from accumulated
)

select * from monthly
