with contracts as (
    select * from {{ ref('int_contracts_attached') }}
),

leads as (
    select * from {{ ref('int_leads_merged') }}
),

customers as (
    select distinct
        customer_id,
        lead_id
    from contracts
),

-- Of several signed on a day the last one counts, from that day on.
namings as (
    select
        customer_id,
        {{ local_date('signed_at') }} as valid_from,
        owner_id,
        row_number() over (
            partition by customer_id, {{ local_date('signed_at') }}
            order by signed_at desc, contract_id desc
        ) as naming_number
    from contracts
    where owner_id is not null
),

beginnings as (
    select
        customers.customer_id,
        date '0001-01-01' as valid_from,
        {{ credited_to('leads.owner_id') }} as owner_id
    from customers
    left join leads on customers.lead_id = leads.lead_id
    union all
    select
        customer_id,
        valid_from,
        owner_id
    from namings
    where naming_number = 1
),

owners as (
    select
        customer_id,
        valid_from,
        lead(valid_from) over (partition by customer_id order by valid_from) as valid_to,
        owner_id
    from beginnings
)

select * from owners
