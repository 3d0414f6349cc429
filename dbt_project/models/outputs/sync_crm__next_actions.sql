{{ per_difference('action_id') }}

with actions as (
    select * from {{ ref('fct_next_actions') }}
),

opted_out as (
    select lead_id from {{ ref('dim_leads') }}
    where opted_out
),

payloads as (
    select
        actions.action_id,
        actions.record_type,
        actions.record_id,
        actions.lead_id,
        actions.action,
        actions.channel,
        actions.content,
        actions.owner_id,
        actions.due_at,
        actions.reason_text
    from actions
    left join opted_out on actions.lead_id = opted_out.lead_id
    where opted_out.lead_id is null
),

hashed as (
    {{ hashed_where_differing('payloads', 'action_id', [
        'record_type', 'record_id', 'lead_id', 'action', 'channel', 'content', 'owner_id', 'due_at', 'reason_text',
    ]) }}
)

select * from hashed
