with source as (
    select * from {{ source('raw', 'contracts') }}
),

prices as (
    select
        contract_id,
        mrr,
        updated_at,
        _batch_id,
        _loaded_at,
        _source,
        _source_row
    from source
)

select * from prices
