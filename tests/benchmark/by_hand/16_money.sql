create table warehouse.marts.fct_mrr_movements as
with covering as (
    select * from contracts
    where uncovered_from > starts_on and starts_on <= getvariable('today')
),
days as (
    select customer_id, changed_on, sum(mrr_change) as mrr_change, sum(contract_change) as contract_change
    from (
        select customer_id, starts_on as changed_on, mrr as mrr_change, 1 as contract_change from covering
        union all
        select customer_id, uncovered_from as changed_on, -mrr as mrr_change, -1 as contract_change from covering
        where uncovered_from <= getvariable('today')
    ) as changes
    group by customer_id, changed_on
),
closings as (
    select
        customer_id,
        changed_on,
        sum(mrr_change) over so_far as closing_mrr,
        sum(contract_change) over so_far as contract_count
    from days
    window so_far as (
        partition by customer_id order by changed_on rows between unbounded preceding and current row
    )
),
kept as (
    select closings.*
    from closings
    inner join islands
        on
            closings.customer_id = islands.holder_id
            and closings.changed_on >= islands.starts_on
            and closings.changed_on <= islands.uncovered_from
    where
        closings.contract_count > 0
        or (closings.changed_on = islands.uncovered_from and not islands.is_overdue)
),
compared as (
    select
        customer_id,
        changed_on,
        closing_mrr,
        coalesce(lag(closing_mrr) over before_it, 0) as opening_mrr,
        coalesce(max(closing_mrr) over before_it, 0) as highest_mrr_before
    from kept
    window before_it as (
        partition by customer_id order by changed_on rows between unbounded preceding and 1 preceding
    )
)
select
    customer_id,
    changed_on as movement_date,
    case
        when opening_mrr = 0 and highest_mrr_before = 0 then 'new'
        when opening_mrr = 0 then 'reactivation'
        when closing_mrr = 0 then 'churn'
        when closing_mrr > opening_mrr then 'expansion'
        else 'contraction'
    end as movement_type,
    cast(closing_mrr - opening_mrr as decimal(18, 2)) as amount,
    cast(opening_mrr as decimal(18, 2)) as opening_mrr,
    cast(closing_mrr as decimal(18, 2)) as closing_mrr
from compared
where closing_mrr <> opening_mrr;

create table warehouse.marts.kpi_mrr_monthly as
with movements as (
    select * from warehouse.marts.fct_mrr_movements
),
months as (
    select cast(unnest(generate_series(
        (select month_of(min(movement_date)) from movements), month_of(getvariable('today')), interval 1 month
    )) as date) as period_month
),
customer_months as (
    select
        customer_id,
        month_of(movement_date) as period_month,
        coalesce(sum(amount) filter (where movement_type = 'new'), 0) as new_mrr,
        coalesce(sum(amount) filter (where movement_type = 'expansion'), 0) as expansion_mrr,
        coalesce(sum(amount) filter (where movement_type = 'contraction'), 0) as contraction_mrr,
        coalesce(sum(amount) filter (where movement_type = 'churn'), 0) as churn_mrr,
        coalesce(sum(amount) filter (where movement_type = 'reactivation'), 0) as reactivation_mrr,
        min_by(opening_mrr, movement_date) as opening_mrr,
        max_by(closing_mrr, movement_date) as closing_mrr
    from movements
    group by all
),
summed as (
    select
        months.period_month,
        coalesce(sum(new_mrr), 0) as new_mrr,
        coalesce(sum(expansion_mrr), 0) as expansion_mrr,
        coalesce(sum(contraction_mrr), 0) as contraction_mrr,
        coalesce(sum(churn_mrr), 0) as churn_mrr,
        coalesce(sum(reactivation_mrr), 0) as reactivation_mrr,
        coalesce(sum(closing_mrr - opening_mrr), 0) as net_mrr,
        coalesce(sum(cast(closing_mrr > 0 as integer) - cast(opening_mrr > 0 as integer)), 0) as net_customers,
        coalesce(sum(greatest(opening_mrr - closing_mrr, 0)) filter (where opening_mrr > 0), 0) as lost_mrr,
        coalesce(sum(closing_mrr - opening_mrr) filter (where opening_mrr > 0), 0) as net_mrr_of_customers,
        count(*) filter (where opening_mrr > 0 and closing_mrr = 0) as lost_customers
    from months
    left join customer_months on months.period_month = customer_months.period_month
    group by months.period_month
),
accumulated as (
    select *, sum(net_mrr) over so_far as closing_mrr, sum(net_customers) over so_far as customers
    from summed
    window so_far as (order by period_month rows between unbounded preceding and current row)
)
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
    ratio(closing_mrr - net_mrr - lost_mrr, closing_mrr - net_mrr) as grr,
    ratio(closing_mrr - net_mrr + net_mrr_of_customers, closing_mrr - net_mrr) as nrr,
    ratio(lost_customers, customers - net_customers) as logo_churn_rate,
    cast(period_month + interval 1 month as date)
    <= least(getvariable('today'), coalesce(local_date(getvariable('latest_activity_at')), getvariable('today')))
        as is_complete
from accumulated;
