with versions as (
    select * from {{ ref('stg_crm__contract_prices') }}
),

batch_keys as (
    select distinct contract_id
    from versions
    where _batch_id = {{ refresh_fact('refresh_id') }}
),

priced as (
    select
        versions.contract_id,
        versions._batch_id,
        versions.mrr,
        lag(versions.mrr) over (
            partition by versions.contract_id
            order by versions.updated_at, versions._loaded_at, versions._source, versions._source_row
        ) as mrr_before
    from versions
    inner join batch_keys on versions.contract_id = batch_keys.contract_id
),

repriced as (
    select distinct contract_id
    from priced
    where _batch_id = {{ refresh_fact('refresh_id') }} and mrr <> mrr_before
)

select * from repriced
