with movements as (
    select * from {{ ref('fct_mrr_movements') }}
),

placed as (
    select
        customer_id,
        {{ month_of('movement_date') }} as period_month,
        opening_mrr,
        closing_mrr,
        min(movement_date) over (partition by customer_id) as first_movement_date,
        first_value(closing_mrr) over (partition by customer_id order by movement_date) as first_mrr
    from movements
),

-- What each movement changes of what its cohort has kept: no customer is asked month by month.
changes as (
    select
        {{ month_of('first_movement_date') }} as cohort_month,
        period_month,
        sum(closing_mrr - opening_mrr) as mrr_change,
        sum(least(closing_mrr, first_mrr) - least(opening_mrr, first_mrr)) as kept_change,
        sum(
            case when closing_mrr > 0 then 1 else 0 end - case when opening_mrr > 0 then 1 else 0 end
        ) as retained_change
    from placed
    group by {{ month_of('first_movement_date') }}, period_month
),

cohorts as (
    select
        {{ month_of('first_movement_date') }} as cohort_month,
        count(distinct customer_id) as customers,
        sum(first_mrr) as first_mrr
    from (
        select distinct
            customer_id,
            first_movement_date,
            first_mrr
        from placed
    ) as beginnings
    group by {{ month_of('first_movement_date') }}
),

months as (
    select distinct {{ month_of('days.date_day') }} as period_month
    from {{ day_series("(select min(movement_date) from movements)", as_of_date()) }} as days
),

ages as (
    select
        cohorts.cohort_month,
        cohorts.customers,
        cohorts.first_mrr,
        months.period_month,
        row_number() over (partition by cohorts.cohort_month order by months.period_month) - 1 as age_months
    from cohorts
    inner join months on cohorts.cohort_month <= months.period_month
    where {{ is_complete('months.period_month') }}
),

accumulated as (
    select
        ages.cohort_month,
        ages.age_months,
        ages.period_month,
        ages.customers,
        ages.first_mrr,
        sum(coalesce(changes.mrr_change, 0)) over so_far as mrr,
        sum(coalesce(changes.kept_change, 0)) over so_far as kept_mrr,
        sum(coalesce(changes.retained_change, 0)) over so_far as retained
    from ages
    left join changes on ages.cohort_month = changes.cohort_month and ages.period_month = changes.period_month
    window so_far as (
        partition by ages.cohort_month
        order by ages.age_months
        rows between unbounded preceding and current row
    )
),

rated as (
    select
        cohort_month,
        cast(age_months as integer) as age_months,
        cast(customers as bigint) as customers,
        cast(retained as bigint) as retained,
        {{ ratio('retained', 'customers') }} as logo_rate,
        cast(first_mrr as decimal(18, 2)) as first_mrr,
        cast(mrr as decimal(18, 2)) as mrr,
        cast(kept_mrr as decimal(18, 2)) as kept_mrr,
        {{ ratio('kept_mrr', 'first_mrr') }} as grr,
        {{ ratio('mrr', 'first_mrr') }} as nrr
    from accumulated
)

select * from rated
