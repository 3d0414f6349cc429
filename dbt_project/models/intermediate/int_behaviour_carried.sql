{{ config(materialized='touched_rows') }}

with summed as (
    select * from {{ ref('int_behaviour_summed') }}
    where {{ is_touched('lead_id') }}
),

-- Few leads live longer than a block: what the others left is needed nowhere.
carried as (
    select
        former.lead_id,
        latter.weight_block,
        former.block_sum as sum_before
    from summed as former
    inner join summed as latter
        on former.lead_id = latter.lead_id and former.weight_block + 1 = latter.weight_block
)

select * from carried
