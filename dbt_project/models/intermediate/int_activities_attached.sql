{{ config(materialized='incremental', incremental_strategy='touched_leads', on_schema_change='fail') }}

{% if model.resource_type == 'model' -%}
-- depends_on: {{ ref('stg_crm__activities') }}, {{ ref('stg_crm__activity_versions') }}
{%- endif %}
-- An increment looks only at what was ever said of the touched leads, whose rows it replaces.
with resolved as (
    select * from {{ ref('int_leads_resolved') }}
    where not is_erased and {{ is_touched('survivor_id') }}
),

{% if is_increment() -%}
activities_of_touched as (
    select distinct versions.activity_id
    from {{ ref('stg_crm__activity_versions') }} as versions
    inner join resolved on versions.lead_id = resolved.lead_id
),

current_activities as (
    select * from (
        {{ current_versions(
            ref('stg_crm__activity_versions'), 'activity_id',
            [
                'activity_id', 'lead_id', 'activity_type', 'occurred_at', 'opportunity_id', 'outcome', 'actor_id',
                'channel', 'campaign_id', 'content_id', 'stage', 'reason', 'amount', 'currency', 'expected_close_on',
                'is_deleted',
            ],
            only='activity_id in (select activities_of_touched.activity_id from activities_of_touched)'
        ) }}
    ) as touched_activities
),
{%- else -%}
    current_activities as (
        select * from {{ ref('stg_crm__activities') }}
    ),
{%- endif %}

activities as (
    select * from current_activities
    where not is_deleted and occurred_at <= {{ as_of() }}
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
