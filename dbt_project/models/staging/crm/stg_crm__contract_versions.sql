with source as (
    select * from {{ source('raw', 'contracts') }}
),

known as (
    select
        contract_id,
        customer_id,
        signed_at,
        starts_on,
        ends_on,
        mrr,
        updated_at,
        currency,
        lead_id,
        opportunity_id,
        product,
        renews_contract_id,
        cancelled_on,
        cancel_reason,
        owner_id,
        is_deleted,
        _loaded_at,
        _source,
        _source_row
    from source
    where {{ is_known('_loaded_at') }}
)

select * from known
