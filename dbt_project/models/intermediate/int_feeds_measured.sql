with leads as (
    select * from {{ ref('stg_crm__leads') }}
),

resolved as (
    select * from {{ ref('int_leads_resolved') }}
),

activities as (
    select
        activities.occurred_at,
        resolved.lead_id is null as is_parked,
        activity_types.activity_type is null as is_unknown_type
    from {{ ref('stg_crm__activities') }} as activities
    left join resolved on activities.lead_id = resolved.lead_id
    left join {{ ref('activity_types') }} as activity_types on activities.activity_type = activity_types.activity_type
    where not activities.is_deleted and not coalesce(resolved.is_erased, false)
),

contracts as (
    select * from {{ ref('stg_crm__contracts') }}
    where not is_deleted
),

measured as (
    select
        'leads' as feed,
        0 as parked_rows,
        sum(case when not resolved.is_erased and resolved.survivor_id <> resolved.lead_id then 1 else 0 end)
            as merged_leads,
        sum(case when resolved.is_merge_void then 1 else 0 end) as void_merges,
        sum(case when resolved.is_erased then 1 else 0 end) as erased_leads,
        sum(case when leads.created_at > {{ as_of() }} then 1 else 0 end) as future_rows,
        0 as unknown_type_rows,
        max(case when leads.created_at <= {{ as_of() }} then leads.created_at end) as latest_occurred_at
    from leads
    inner join resolved on leads.lead_id = resolved.lead_id
    union all
    select
        'activities' as feed,
        sum(case when is_parked then 1 else 0 end) as parked_rows,
        0 as merged_leads,
        0 as void_merges,
        0 as erased_leads,
        sum(case when occurred_at > {{ as_of() }} then 1 else 0 end) as future_rows,
        sum(case when is_unknown_type then 1 else 0 end) as unknown_type_rows,
        max(case when occurred_at <= {{ as_of() }} then occurred_at end) as latest_occurred_at
    from activities
    union all
    select
        'contracts' as feed,
        0 as parked_rows,
        0 as merged_leads,
        0 as void_merges,
        0 as erased_leads,
        sum(case when signed_at > {{ as_of() }} then 1 else 0 end) as future_rows,
        0 as unknown_type_rows,
        max(case when signed_at <= {{ as_of() }} then signed_at end) as latest_occurred_at
    from contracts
),

counted as (
    select
        feed,
        cast(coalesce(parked_rows, 0) as bigint) as parked_rows,
        cast(coalesce(merged_leads, 0) as bigint) as merged_leads,
        cast(coalesce(void_merges, 0) as bigint) as void_merges,
        cast(coalesce(erased_leads, 0) as bigint) as erased_leads,
        cast(coalesce(future_rows, 0) as bigint) as future_rows,
        cast(coalesce(unknown_type_rows, 0) as bigint) as unknown_type_rows,
        latest_occurred_at
    from measured
)

select * from counted
