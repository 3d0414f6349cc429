with contracts as (
    select * from {{ ref('int_contracts_attached') }}
    where is_covering
),

-- What takes a cancelled term's place about when it is cancelled, and ends no later, amends it.
amended as (
    select distinct terms.contract_id
    from contracts as terms
    inner join contracts as amendments
        on
            terms.customer_id = amendments.customer_id
            and terms.contract_id = amendments.renews_contract_id
            and terms.contract_id <> amendments.contract_id
    where
        terms.is_cancelled
        and amendments.ends_on <= terms.ends_on
        and {{ days_between('terms.cancelled_on', 'amendments.starts_on') }}
        between -{{ var('churn_grace_days') }} and {{ var('churn_grace_days') }}
),

terms as (
    select
        contracts.contract_id,
        contracts.customer_id,
        contracts.lead_id,
        contracts.mrr,
        {{ days_after('contracts.ends_on', 1) }} as due_date,
        contracts.uncovered_from,
        contracts.is_cancelled,
        max(contracts.uncovered_from) over (
            partition by contracts.customer_id, contracts.ends_on
        ) as renewal_uncovered_from
    from contracts
    left join amended on contracts.contract_id = amended.contract_id
    where contracts.ends_on is not null and amended.contract_id is null
)

select * from terms
