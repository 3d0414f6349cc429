{{ config(materialized='view') }}

with contracts as (
    select * from {{ ref('int_contracts_attached') }}
),

profiles as (
    select * from {{ ref('int_lead_profiles') }}
    where profile = 'current'
),

survivors as (
    select * from {{ ref('int_lead_survivors') }}
    where not is_erased
),

signers as (
    select distinct lead_id
    from contracts
    where lead_id is not null
),

customers as (
    select
        survivors.lead_id,
        survivors.survivor_id,
        profiles.lead_number
    from survivors
    inner join signers on survivors.survivor_id = signers.lead_id
    inner join profiles on survivors.survivor_id = profiles.lead_id
)

select * from customers
