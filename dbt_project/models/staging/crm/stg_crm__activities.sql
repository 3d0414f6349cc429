{% set columns = [
    'activity_id', 'lead_id', 'activity_type', 'occurred_at', 'opportunity_id', 'outcome', 'actor_id', 'channel',
    'campaign_id', 'content_id', 'stage', 'reason', 'amount', 'currency', 'expected_close_on', 'details',
    'is_deleted',
] | join(', ') %}

with versions as (
    select * from {{ ref('stg_crm__activity_versions') }}
),

corrections as (
    select * from {{ ref('stg_crm__activity_corrections') }}
),

only_versions as (
    select versions.*
    from versions
    left join corrections on versions.activity_id = corrections.activity_id
    where corrections.activity_id is null
),

current_rows as (
    select {{ columns }}
    from only_versions
    union all
    select {{ columns }}
    from corrections
    where is_current
)

select * from current_rows
