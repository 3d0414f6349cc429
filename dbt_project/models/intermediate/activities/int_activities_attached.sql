{{ per_lead('touched_rows') }}

with resolved as (
    select * from {{ touched('int_lead_survivors') }}
    where not is_erased
),

-- What a lead that was absorbed did is done by the one that absorbed it, and nothing may have touched that lead.
activities as (
    select * from {{ whole('stg_crm__activities') }}
    -- An equality, because a planner that thinks most rows deleted joins them from the wrong side.
    where is_deleted = false and occurred_at <= {{ as_of() }}
),

activity_types as (
    select * from {{ ref('activity_types') }}
),

attached as (
    select
        activities.activity_id,
        resolved.survivor_id as lead_id,
        activities.activity_type,
        activities.occurred_at,
        {{ local_date('activities.occurred_at') }} as occurred_on,
        activities.opportunity_id,
        activities.outcome,
        activities.actor_id,
        activities.channel,
        activities.campaign_id,
        activities.content_id,
        activities.stage,
        activities.reason,
        activities.amount,
        activities.currency,
        activities.expected_close_on,
        coalesce(activity_types.is_buyer_act, false) as is_buyer_act,
        coalesce(activity_types.points, 0) as points
    from activities
    inner join resolved on activities.lead_id = resolved.lead_id
    left join activity_types on activities.activity_type = activity_types.activity_type
)

select * from attached
