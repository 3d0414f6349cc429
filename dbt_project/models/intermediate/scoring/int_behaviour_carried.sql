{{ per_lead('touched_rows') }}

with blocks as (
    select * from {{ touched('int_behaviour_blocks') }}
),

-- Few leads live longer than a block, and nothing is left of a block that is not the one just before.
carried as (
    select
        former.lead_id,
        latter.weight_block,
        max(case when former.weight_block + 1 = latter.weight_block then former.block_sum end) as sum_before
    from blocks as former
    inner join blocks as latter on former.lead_id = latter.lead_id and former.weight_block < latter.weight_block
    group by former.lead_id, latter.weight_block
)

select * from carried
