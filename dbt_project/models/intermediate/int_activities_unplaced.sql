{% if model.resource_type == 'model' -%}
-- depends_on: {{ ref('stg_crm__activities') }}, {{ ref('stg_crm__activity_versions') }}
-- depends_on: {{ ref('stg_crm__activity_corrections') }}
{%- endif %}
with leads as (
    select * from {{ ref('stg_crm__leads') }}
),

activity_types as (
    select * from {{ ref('activity_types') }}
),

{% if is_increment() -%}
-- What was in its place stays there unless it was loaded anew.
new_versions as (
    select * from {{ ref('stg_crm__activity_versions') }}
    where {{ is_new('_loaded_at') }}
),

new_corrections as (
    select corrections.*
    from {{ ref('stg_crm__activity_corrections') }} as corrections
    where corrections.is_current and corrections.activity_id in (select new_versions.activity_id from new_versions)
),

activities as (
    select
        activity_id,
        lead_id,
        activity_type,
        occurred_at
    from {{ this }}
    where activity_id not in (select new_versions.activity_id from new_versions)
    union all
    select
        activity_id,
        lead_id,
        activity_type,
        occurred_at
    from new_versions
    where not is_deleted and activity_id not in (select new_corrections.activity_id from new_corrections)
    union all
    select
        activity_id,
        lead_id,
        activity_type,
        occurred_at
    from new_corrections
    where not is_deleted
),
{%- else -%}
    activities as (
        select
            activity_id,
            lead_id,
            activity_type,
            occurred_at
        from {{ ref('stg_crm__activities') }}
        where is_deleted = false
    ),
{%- endif %}

unplaced as (
    select
        activities.activity_id,
        activities.lead_id,
        activities.activity_type,
        activities.occurred_at,
        leads.lead_id is null as is_parked,
        activity_types.activity_type is null as is_unknown_type,
        activities.occurred_at > {{ as_of() }} as is_in_future
    from activities
    left join leads on activities.lead_id = leads.lead_id
    left join activity_types on activities.activity_type = activity_types.activity_type
    where
        leads.lead_id is null
        or activity_types.activity_type is null
        or activities.occurred_at > {{ as_of() }}
)

select * from unplaced
