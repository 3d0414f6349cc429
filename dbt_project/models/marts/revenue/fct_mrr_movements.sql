with contracts as (
    select * from {{ ref('int_contracts_attached') }}
    where is_covering and starts_on <= {{ as_of_date() }}
),

coverage_periods as (
    select * from {{ ref('int_coverage_periods') }}
    where holder_type = 'customer'
),

changes as (
    select
        customer_id,
        starts_on as changed_on,
        mrr as mrr_change,
        1 as contract_change
    from contracts
    union all
    select
        customer_id,
        uncovered_from as changed_on,
        -mrr as mrr_change,
        -1 as contract_change
    from contracts
    where uncovered_from <= {{ as_of_date() }}
),

days as (
    select
        customer_id,
        changed_on,
        sum(mrr_change) as mrr_change,
        sum(contract_change) as contract_change
    from changes
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
        partition by customer_id
        order by changed_on
        rows between unbounded preceding and current row
    )
),

-- In a gap that is bridged, or still waited for, the customer keeps what it last paid.
kept as (
    select closings.*
    from closings
    inner join coverage_periods
        on
            closings.customer_id = coverage_periods.holder_id
            and closings.changed_on >= coverage_periods.starts_on
            and closings.changed_on <= coverage_periods.uncovered_from
    where
        closings.contract_count > 0
        or (closings.changed_on = coverage_periods.uncovered_from and not coverage_periods.is_overdue)
),

compared as (
    select
        customer_id,
        changed_on,
        closing_mrr,
        coalesce(lag(closing_mrr) over in_order, 0) as opening_mrr,
        coalesce(max(closing_mrr) over before_it, 0) as highest_mrr_before
    from kept
    window
        in_order as (partition by customer_id order by changed_on),
        before_it as (
            partition by customer_id
            order by changed_on
            rows between unbounded preceding and 1 preceding
        )
),

movements as (
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
    where closing_mrr <> opening_mrr
)

select * from movements
