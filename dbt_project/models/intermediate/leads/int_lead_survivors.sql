{{ config(materialized='view') }}

with leads as (
    select * from {{ ref('stg_crm__leads') }}
),

chains as (
    select * from {{ ref('int_lead_chains') }}
),

resolved as (
    select
        leads.lead_id,
        coalesce(chains.survivor_id, leads.lead_id) as survivor_id,
        coalesce(chains.is_merge_void, false) as is_merge_void,
        coalesce(chains.is_erased, false) as is_erased
    from leads
    left join chains on leads.lead_id = chains.lead_id
)

select * from resolved
