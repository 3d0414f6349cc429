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

summed as (
    select
        holder_type,
        holder_id,
        period_number,
        min(starts_on) as starts_on,
        max(uncovered_from) as uncovered_from,
        max(case when not is_cancelled then uncovered_from end) as ran_out_on,
        max(signed_at) as last_signed_at,
        min({{ struct_of({'signed_at': 'signed_at', 'contract_id': 'contract_id'}) }}) as first_signed,
        max({{ struct_of({
            'uncovered_from': 'uncovered_from',
            'contract_id': 'contract_id',
            'cancel_reason': 'cancel_reason',
        }) }}) as last_ending
    from numbered
    group by holder_type, holder_id, period_number
),

coverage_periods as (
    select
        summed.holder_type,
        summed.holder_id,
        summed.period_number,
        summed.starts_on,
        summed.uncovered_from,
        summed.first_signed.signed_at as first_signed_at,
        summed.last_signed_at,
        summed.first_signed.contract_id as first_contract_id,
        summed.last_ending.contract_id as last_contract_id,
        summed.last_ending.cancel_reason as last_cancel_reason,
        summed.period_number = max(summed.period_number) over (partition by summed.holder_type, summed.holder_id)
        and summed.uncovered_from <= {{ as_of_date() }}
        and {{ days_between('summed.uncovered_from', as_of_date()) }} <= {{ var('churn_grace_days') }}
        and coalesce(summed.ran_out_on = summed.uncovered_from, false) as is_overdue
    from summed
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
