with leads as (
    select * from {{ ref('int_leads_merged') }}
),

resolved as (
    select * from {{ ref('int_leads_resolved') }}
),

profiles as (
    select * from {{ ref('int_leads_profiled') }}
    where profile = 'current'
),

contracts as (
    select
        lead_id,
        sum({{ fingerprint([
            'contract_id', 'signed_at', 'starts_on', 'uncovered_from', 'is_covering', 'renews_contract_id',
        ]) }}) as contract_sum
    from {{ ref('int_contracts_attached') }}
    where lead_id is not null
    group by lead_id
),

islands as (
    select
        holder_id as lead_id,
        sum({{ fingerprint([
            'island_number', 'starts_at', 'uncovered_at', 'first_signed_at', 'last_signed_at',
            'first_contract_id', 'last_contract_id', 'last_cancel_reason', 'is_overdue', 'has_ended',
        ]) }}) as island_sum
    from {{ ref('int_coverage_islands') }}
    where holder_type = 'lead'
    group by holder_id
),

digested as (
    select
        resolved.lead_id,
        case when not resolved.is_erased then resolved.survivor_id end as survivor_id,
        {{ fingerprint([
            'leads.created_at', 'leads.created_at <= ' ~ as_of(), 'leads.owner_id', 'leads.lead_source',
            'profiles.segment', 'profiles.fit_grade', 'contracts.contract_sum', 'islands.island_sum',
        ]) }} as digest
    from resolved
    left join leads on resolved.lead_id = leads.lead_id
    left join profiles on resolved.lead_id = profiles.lead_id
    left join contracts on resolved.lead_id = contracts.lead_id
    left join islands on resolved.lead_id = islands.lead_id
)

select * from digested
