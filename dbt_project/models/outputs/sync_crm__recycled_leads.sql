{% set limit = var('recycling_daily_limit') %}

with candidates as (
    select * from {{ ref('fct_recycling_candidates') }}
    where is_eligible and not is_holdout
    -- A limit of 0 is none.
    {% if limit > 0 %} order by recycling_rank limit {{ limit }} {% endif %}
),

payloads as (
    select
        lead_id,
        pool,
        reason,
        action,
        channel,
        content,
        owner_id,
        recycling_rank,
        'In ' || from_stage || ' since ' || cast({{ local_date('entered_pool_at') }} as varchar)
        || case when reason is null then '' else ' (' || reason || ')' end
        || case
            when new_act_at is null then ''
            else '; new act ' || new_act_type || ' on ' || cast({{ local_date('new_act_at') }} as varchar)
        end as reason_text
    from candidates
),

hashed as (
    select
        *,
        {{ row_hash([
            'pool', 'reason', 'action', 'channel', 'content', 'owner_id', 'recycling_rank', 'reason_text',
        ]) }} as row_hash
    from payloads
)

select * from hashed
