{{ config(
    materialized='incremental', incremental_strategy='delete+insert', unique_key=['lead_id', 'opportunity_id'],
    on_schema_change='fail'
) }}

with versions as (
    select * from {{ ref('stg_crm__activity_versions') }}
),

mentions as (
    select distinct
        lead_id,
        opportunity_id
    from versions
    where opportunity_id is not null and {{ is_new('_loaded_at') }}
)

select * from mentions
