{{ config(materialized='view') }}

with customers as (
    select * from {{ ref('int_customer_mrr') }}
    where
        mrr > 0
        and valid_from <= {{ as_of_date() }}
        and coalesce(valid_to > {{ as_of_date() }}, true)
),

owners as (
    select * from {{ ref('int_customer_owners') }}
    where valid_to is null
),

leads as (
    select * from {{ ref('int_lead_standings') }}
),

candidates as (
    select * from {{ ref('fct_recycling_candidates') }}
    where is_listed and pool = 'unattended_customer'
),

first_criteria as (
    select * from {{ ref('int_first_criteria') }}
    where stage = {{ adopted_stage() }}
),

never_adopted as (
    select distinct lead_id
    from {{ ref('int_customer_states') }}
    where adopted_at is null
),

contracts as (
    select
        customer_id,
        contract_id,
        signed_at,
        row_number() over (partition by customer_id order by signed_at desc, contract_id desc) as latest_number
    from {{ ref('int_contracts_attached') }}
),

renewals as (
    select
        renewals.customer_id,
        renewals.due_date,
        max(terms.contract_id) as contract_id,
        row_number() over (partition by renewals.customer_id order by renewals.due_date) as renewal_number
    from {{ ref('fct_renewals') }} as renewals
    inner join {{ ref('int_renewal_terms') }} as terms
        on renewals.customer_id = terms.customer_id and renewals.due_date = terms.due_date
    where
        renewals.status in ({{ upcoming_status() }}, {{ overdue_status() }})
        and {{ days_between(as_of_date(), 'renewals.due_date') }} < {{ var('renewal_window_days') }}
    group by renewals.customer_id, renewals.due_date
),

-- Of a customer without a lead nothing is known but its contracts: it stands where its last signature put it.
actionable as (
    select
        'customer' as record_type,
        customers.customer_id as record_id,
        customers.lead_id,
        cast(null as varchar) as opportunity_id,
        customers.customer_id,
        leads.stage,
        leads.segment,
        nullif(owners.owner_id, 'unassigned') as owner_id,
        cast(customers.mrr * 12 as decimal(18, 2)) as value_amount,
        coalesce(leads.stage_entered_at, contracts.signed_at) as stage_entered_at,
        case when leads.lead_id is null then contracts.contract_id else leads.stage_source_id end as stage_source_id,
        leads.last_buyer_act_at,
        leads.sla_due_at,
        renewals.due_date as renewal_due_on,
        renewals.contract_id as renewal_contract_id,
        first_criteria.stage as lacking_stage,
        first_criteria.missing_criterion,
        false as is_stalled,
        {{ recycling_start('candidates') }} as recycling_from,
        coalesce(candidates.needed_act_id, leads.stage_source_id) as recycling_evidence_id,
        greatest(
            coalesce(leads.stage_entered_at, contracts.signed_at),
            coalesce(leads.last_buyer_act_at, leads.stage_entered_at, contracts.signed_at)
        ) as score_from,
        case
            when leads.lead_id is null then contracts.contract_id
            else coalesce(leads.last_buyer_act_id, leads.stage_source_id)
        end as score_evidence_id,
        {{ action_draw("'customer'", 'customers.customer_id') }} as drawn
    from customers
    inner join owners on customers.customer_id = owners.customer_id
    inner join contracts on customers.customer_id = contracts.customer_id and contracts.latest_number = 1
    left join leads on customers.lead_id = leads.lead_id
    left join candidates
        on customers.lead_id = candidates.lead_id and customers.customer_id = candidates.customer_id
    left join renewals on customers.customer_id = renewals.customer_id and renewals.renewal_number = 1
    left join never_adopted on customers.lead_id = never_adopted.lead_id
    left join first_criteria on leads.stage = first_criteria.stage and never_adopted.lead_id is not null
)

select * from actionable
