with leads as (
    select * from {{ ref('stg_crm__leads') }}
),

resolved as (
    select * from {{ ref('int_lead_survivors') }}
),

unplaced as (
    select unplaced.*
    from {{ ref('int_activities_unplaced') }} as unplaced
    left join resolved on unplaced.lead_id = resolved.lead_id
    where not coalesce(resolved.is_erased, false)
),

activities as (
    select
        is_parked,
        is_unknown_type,
        is_in_future,
        case when not is_in_future then occurred_at end as first_occurred_at,
        case when not is_in_future then occurred_at end as last_occurred_at
    from unplaced
    union all
    select
        false as is_parked,
        false as is_unknown_type,
        false as is_in_future,
        min(first_activity_at) as first_occurred_at,
        max(last_activity_at) as last_occurred_at
    from {{ ref('int_behaviour_blocks') }}
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
        min(case when leads.created_at <= {{ as_of() }} then leads.created_at end) as earliest_occurred_at,
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
        sum(case when is_in_future then 1 else 0 end) as future_rows,
        sum(case when is_unknown_type then 1 else 0 end) as unknown_type_rows,
        min(first_occurred_at) as earliest_occurred_at,
        max(last_occurred_at) as latest_occurred_at
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
        min(case when signed_at <= {{ as_of() }} then signed_at end) as earliest_occurred_at,
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
        earliest_occurred_at,
        latest_occurred_at
    from measured
)

select * from counted
