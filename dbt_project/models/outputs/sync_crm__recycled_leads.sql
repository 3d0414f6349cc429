with candidates as (
    select * from {{ ref('fct_recycling_candidates') }}
    where is_listed
),

stages as (
    select * from {{ ref('dim_stages') }}
),

payloads as (
    select
        candidates.lead_id,
        candidates.pool,
        candidates.reason,
        candidates.action,
        candidates.channel,
        candidates.content,
        candidates.owner_id,
        candidates.recycling_rank,
        'In ' || {{ within_a_sentence('coalesce(stages.label_en, stages.stage)') }}
        || ' since ' || cast({{ local_date('candidates.entered_pool_at') }} as varchar)
        || case when candidates.reason is null then '' else ' (' || candidates.reason || ')' end
        || case
            when candidates.new_act_at is null then ''
            else
                '; new act ' || candidates.new_act_type || ' on '
                || cast({{ local_date('candidates.new_act_at') }} as varchar)
        end as reason_text
    from candidates
    inner join stages on candidates.from_stage = stages.stage
),

hashed as (
    select
        *,
        -- Not of the rank: it moves with every other lead's.
        {{ row_hash(['pool', 'reason', 'action', 'channel', 'content', 'owner_id', 'reason_text']) }} as row_hash
    from payloads
)

select * from hashed
