with chains as (
    select * from {{ ref('int_lead_chains') }}
),

contracts as (
    select
        lead_id,
        sum({{ fingerprint([
            'contract_id', 'customer_id', 'signed_at',
            'starts_on', 'uncovered_from', 'is_covering', 'renews_contract_id',
        ]) }}) as contract_sum
    from {{ ref('int_contracts_attached') }}
    where lead_id is not null
    group by lead_id
),

coverage_periods as (
    select
        coverage_periods.holder_id as lead_id,
        sum({{ fingerprint([
            'period_number', 'starts_at', 'uncovered_at', 'first_signed_at', 'last_signed_at',
            'first_contract_id', 'last_contract_id', 'last_cancel_reason', 'is_overdue', 'has_ended',
            'starts_at <= ' ~ as_of(), is_covered_at('coverage_periods', as_of()),
        ]) }}) as period_sum
    from {{ ref('int_coverage_periods') }} as coverage_periods
    where coverage_periods.holder_type = 'lead'
    group by coverage_periods.holder_id
),

lead_ids as (
    select lead_id from chains
    union
    select lead_id from contracts
),

digested as (
    select
        lead_ids.lead_id,
        case when not coalesce(chains.is_erased, false) then coalesce(chains.survivor_id, lead_ids.lead_id) end
            as survivor_id,
        {{ fingerprint(['contracts.contract_sum', 'coverage_periods.period_sum']) }} as digest
    from lead_ids
    left join chains on lead_ids.lead_id = chains.lead_id
    left join contracts on lead_ids.lead_id = contracts.lead_id
    left join coverage_periods on lead_ids.lead_id = coverage_periods.lead_id
)

select * from digested
