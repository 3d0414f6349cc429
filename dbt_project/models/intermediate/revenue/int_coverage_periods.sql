with contracts as (
    select * from {{ ref('int_contracts_attached') }}
    where is_covering
),

holders as (
    select
        'customer' as holder_type,
        contracts.customer_id as holder_id,
        contracts.*
    from contracts
    union all
    select
        'lead' as holder_type,
        contracts.lead_id as holder_id,
        contracts.*
    from contracts
    where contracts.lead_id is not null
),

reached as (
    select
        *,
        max(uncovered_from) over (
            partition by holder_type, holder_id
            order by starts_on, contract_id
            rows between unbounded preceding and 1 preceding
        ) as covered_before
    from holders
),

numbered as (
    select
        *,
        sum(
            case
                when {{ days_between('covered_before', 'starts_on') }} <= {{ var('churn_grace_days') }} then 0
                else 1
            end
        ) over (
            partition by holder_type, holder_id
            order by starts_on, contract_id
            rows between unbounded preceding and current row
        ) as period_number
    from reached
),

ranked as (
    select
        *,
        max(uncovered_from) over (partition by holder_type, holder_id, period_number) as period_uncovered_from,
        max(period_number) over (partition by holder_type, holder_id) as last_period_number,
        row_number() over (
            partition by holder_type, holder_id, period_number
            order by signed_at, contract_id
        ) as signing_number,
        row_number() over (
            partition by holder_type, holder_id, period_number
            order by uncovered_from desc, contract_id desc
        ) as ending_number
    from numbered
),

coverage_periods as (
    select
        holder_type,
        holder_id,
        period_number,
        min(starts_on) as starts_on,
        max(period_uncovered_from) as uncovered_from,
        min(signed_at) as first_signed_at,
        max(signed_at) as last_signed_at,
        min(case when signing_number = 1 then contract_id end) as first_contract_id,
        min(case when ending_number = 1 then contract_id end) as last_contract_id,
        min(case when ending_number = 1 then cancel_reason end) as last_cancel_reason,
        period_number = max(last_period_number)
        and max(period_uncovered_from) <= {{ as_of_date() }}
        and {{ days_between('max(period_uncovered_from)', as_of_date()) }} <= {{ var('churn_grace_days') }}
        and bool_or(uncovered_from = period_uncovered_from and not is_cancelled) as is_overdue
    from ranked
    group by holder_type, holder_id, period_number
),

timed as (
    select
        *,
        uncovered_from <= {{ as_of_date() }} and not is_overdue as has_ended,
        {{ local_midnight('starts_on') }} as starts_at,
        case when uncovered_from < date '9999-12-31' then {{ local_midnight('uncovered_from') }} end as uncovered_at
    from coverage_periods
)

select * from timed
