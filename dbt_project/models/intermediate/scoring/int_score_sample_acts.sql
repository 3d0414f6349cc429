with sampled as (
    select distinct lead_id
    from {{ ref('int_leads_rankable_then') }}
),

chains as (
    select * from {{ ref('int_lead_chains') }}
),

-- Also by the ids of those that a lead absorbed.
ids as (
    select
        sampled.lead_id as told_of,
        sampled.lead_id
    from sampled
    union
    select
        chains.lead_id as told_of,
        sampled.lead_id
    from sampled
    inner join chains on sampled.lead_id = chains.survivor_id
),

activities as (
    select * from {{ ref('stg_crm__activities') }}
    where is_deleted = false and occurred_at <= {{ as_of() }}
),

activity_types as (
    select * from {{ ref('activity_types') }}
),

acts as (
    select
        ids.lead_id,
        activities.occurred_at,
        {{ local_date('activities.occurred_at') }} as occurred_on,
        {{ act_facts('activities', 'activity_types') }}
    from activities
    inner join ids on activities.lead_id = ids.told_of
    left join activity_types on activities.activity_type = activity_types.activity_type
)

select * from acts
