{% set last_day_in_time = days_after('renewal_uncovered_from', var('churn_grace_days')) %}

with contracts as (
    select * from {{ ref('int_contracts_attached') }}
    where is_covering
),

due_terms as (
    select * from {{ ref('int_renewal_terms') }}
),

terms as (
    select * from contracts
    where ends_on is not null
),

renewals as (
    select distinct
        customer_id,
        due_date,
        renewal_uncovered_from
    from due_terms
),

successors_by_name as (
    select
        contracts.*,
        due_terms.due_date
    from contracts
    inner join due_terms
        on contracts.customer_id = due_terms.customer_id and contracts.renews_contract_id = due_terms.contract_id
    where
        contracts.starts_on <= {{ last_day_in_time }}
        and coalesce({{ days_after('contracts.ends_on', 1) }} <> due_terms.due_date, true)
),

-- Who names no term belongs to the latest end before it, whether or not that has a successor by name.
placed as (
    select
        contracts.*,
        renewals.due_date,
        renewals.renewal_uncovered_from,
        row_number() over (
            partition by contracts.contract_id
            order by renewals.renewal_uncovered_from desc, renewals.due_date desc
        ) as end_number
    from contracts
    inner join renewals
        on
            contracts.customer_id = renewals.customer_id
            and contracts.starts_on >= renewals.renewal_uncovered_from
    left join terms
        on contracts.customer_id = terms.customer_id and contracts.renews_contract_id = terms.contract_id
    where terms.contract_id is null
),

named_renewals as (
    select distinct
        customer_id,
        due_date
    from successors_by_name
),

found as (
    select
        customer_id,
        due_date,
        contract_id,
        starts_on,
        signed_at,
        mrr
    from successors_by_name
    union all
    select
        placed.customer_id,
        placed.due_date,
        placed.contract_id,
        placed.starts_on,
        placed.signed_at,
        placed.mrr
    from placed
    left join named_renewals
        on placed.customer_id = named_renewals.customer_id and placed.due_date = named_renewals.due_date
    where placed.end_number = 1 and placed.starts_on <= {{ last_day_in_time }} and named_renewals.customer_id is null
),

numbered as (
    select
        *,
        row_number() over (
            partition by customer_id, due_date
            order by starts_on, signed_at, contract_id
        ) as successor_number
    from found
)

select * from numbered
