with terms as (
    select * from {{ ref('int_renewal_terms') }}
),

successors as (
    select * from {{ ref('int_renewal_successors') }}
),

customer_owners as (
    select * from {{ ref('int_customer_owners') }}
),

renewals as (
    select
        customer_id,
        due_date,
        renewal_uncovered_from as uncovered_from,
        min(lead_id) as lead_id,
        count(*) as terms,
        sum(mrr) as old_mrr,
        bool_or(uncovered_from = renewal_uncovered_from and not is_cancelled) as has_run_out
    from terms
    group by customer_id, due_date, renewal_uncovered_from
),

followed as (
    select
        customer_id,
        due_date,
        sum(mrr) as new_mrr,
        min(case when successor_number = 1 then contract_id end) as contract_id,
        min(case when successor_number = 1 then starts_on end) as starts_on,
        min(case when successor_number = 1 then signed_at end) as signed_at
    from successors
    group by customer_id, due_date
),

measured as (
    select
        renewals.*,
        followed.contract_id as successor_contract_id,
        followed.starts_on as renewed_on,
        followed.new_mrr,
        greatest(
            {{ days_between('renewals.uncovered_from', 'followed.starts_on') }},
            {{ days_between('renewals.uncovered_from', local_date('followed.signed_at')) }},
            0
        ) as days_late
    from renewals
    left join followed on renewals.customer_id = followed.customer_id and renewals.due_date = followed.due_date
),

judged as (
    select
        measured.customer_id,
        measured.due_date,
        {{ month_of('measured.due_date') }} as due_month,
        measured.due_date <= {{ as_of_date() }} as is_due,
        cast(measured.terms as integer) as terms,
        measured.uncovered_from,
        cast(measured.old_mrr as decimal(18, 2)) as old_mrr,
        case
            when measured.successor_contract_id is not null and measured.days_late = 0 then {{ renewed_status() }}
            when measured.successor_contract_id is not null then {{ late_status() }}
            when measured.uncovered_from > {{ as_of_date() }} then {{ upcoming_status() }}
            when
                measured.has_run_out
                and {{ days_between('measured.uncovered_from', as_of_date()) }} <= {{ var('churn_grace_days') }}
                then {{ overdue_status() }}
            else {{ churned_status() }}
        end as status,
        measured.successor_contract_id,
        measured.renewed_on,
        case when measured.successor_contract_id is not null then cast(measured.days_late as integer) end as days_late,
        cast(measured.new_mrr as decimal(18, 2)) as new_mrr,
        cast(least(measured.old_mrr, coalesce(measured.new_mrr, 0)) as decimal(18, 2)) as renewed_mrr,
        cast(greatest(coalesce(measured.new_mrr, 0) - measured.old_mrr, 0) as decimal(18, 2)) as uplift_mrr,
        measured.lead_id,
        customer_owners.owner_id
    from measured
    inner join customer_owners
        on
            measured.customer_id = customer_owners.customer_id
            and measured.due_date >= customer_owners.valid_from
            and (customer_owners.valid_to is null or measured.due_date < customer_owners.valid_to)
)

select * from judged
