with sampled as (
    select distinct
        lead_id,
        drawn_halvings
    from {{ ref('int_leads_rankable_then') }}
),

kept as (
    select * from {{ ref('int_score_acts_kept') }}
),

kept_draw as (
    select max(drawn_halvings) as halvings from kept
),

chains as (
    select * from {{ ref('int_lead_chains') }}
),

-- None, unless more leads are drawn than those whose acts are kept: what is joined with them is not even read then.
lacking as (
    select sampled.lead_id
    from sampled
    inner join kept_draw on coalesce(sampled.drawn_halvings < kept_draw.halvings, true)
),

-- Also by the ids of those that a lead absorbed.
ids as (
    select
        lead_id as told_of,
        lead_id
    from lacking
    union
    select
        chains.lead_id as told_of,
        lacking.lead_id
    from lacking
    inner join chains on lacking.lead_id = chains.survivor_id
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
        kept.lead_id,
        kept.occurred_at,
        kept.occurred_on,
        kept.category,
        kept.points,
        kept.is_buyer_act,
        kept.is_by_us,
        kept.is_meeting_held,
        kept.is_call_connected
    from kept
    inner join sampled on kept.lead_id = sampled.lead_id and kept.drawn_halvings <= sampled.drawn_halvings
    union all
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
