with resolved as (
    select * from {{ ref('int_lead_survivors') }}
),

leads as (
    select leads.*
    from {{ ref('stg_crm__leads') }} as leads
    inner join resolved on leads.lead_id = resolved.lead_id
    where not resolved.is_erased and leads.created_at <= {{ as_of() }}
),

contracts as (
    select * from {{ ref('stg_crm__contracts') }}
    where not is_deleted and signed_at <= {{ as_of() }}
),

activities as (
    select unplaced.*
    from {{ ref('int_activities_unplaced') }} as unplaced
    left join resolved on unplaced.lead_id = resolved.lead_id
    where not unplaced.is_in_future and not coalesce(resolved.is_erased, false)
),

listed as (
    select
        'lead_source' as column_name,
        lead_source as value
    from {{ ref('lead_sources') }}
    union all
    select distinct
        'owner_id' as column_name,
        rep_id as value
    from {{ ref('reps') }}
    union all
    select
        'activity_type' as column_name,
        activity_type as value
    from {{ ref('activity_types') }}
    union all
    select distinct
        'outcome' as column_name,
        outcome as value
    from {{ ref('stage_criteria') }}
    where outcome is not null
    union all
    select
        'reason' as column_name,
        reason as value
    from {{ ref('lost_reasons') }}
),

named as (
    select
        'leads' as feed,
        'lead_source' as column_name,
        lead_source as value,
        count(*) as row_count
    from leads
    group by lead_source
    union all
    select
        'leads' as feed,
        'owner_id' as column_name,
        owner_id as value,
        count(*) as row_count
    from leads
    group by owner_id
    union all
    select
        'contracts' as feed,
        'owner_id' as column_name,
        owner_id as value,
        count(*) as row_count
    from contracts
    group by owner_id
    union all
    select
        'activities' as feed,
        'activity_type' as column_name,
        activity_type as value,
        count(*) as row_count
    from activities
    where is_unknown_type
    group by activity_type
    union all
    select
        'activities' as feed,
        'outcome' as column_name,
        outcome as value,
        count(*) as row_count
    from activities
    where is_misspelled_outcome
    group by outcome
    union all
    select
        'activities' as feed,
        'reason' as column_name,
        reason as value,
        count(*) as row_count
    from activities
    where is_unlisted_reason
    group by reason
),

unlisted as (
    select
        named.feed,
        named.column_name,
        named.value,
        named.row_count,
        {{ folded('named.value') }} as folded_value
    from named
    left join listed on named.column_name = listed.column_name and named.value = listed.value
    where
        named.value is not null
        -- An outcome is misspelled for its type, though another type may list it so.
        and (listed.value is null or named.column_name = 'outcome')
),

folded_values as (
    select
        column_name,
        value,
        {{ folded('value') }} as folded_value
    from listed
),

alike as (
    select
        unlisted.column_name,
        unlisted.value,
        listed.value as near_value,
        0 as distance
    from unlisted
    inner join folded_values as listed
        on unlisted.column_name = listed.column_name and unlisted.folded_value = listed.folded_value
),

-- An id with another digit is somebody else.
close_by as (
    select
        unlisted.column_name,
        unlisted.value,
        listed.value as near_value,
        {{ edit_distance('unlisted.folded_value', 'listed.folded_value') }} as distance
    from unlisted
    inner join folded_values as listed on unlisted.column_name = listed.column_name
    where unlisted.column_name <> 'owner_id' and {{ is_near('unlisted.folded_value', 'listed.folded_value') }}
),

candidates as (
    select * from alike
    union all
    select * from close_by
),

ranked as (
    select
        column_name,
        value,
        near_value,
        row_number() over (partition by column_name, value order by distance, near_value) as place
    from candidates
    where near_value <> value
),

described as (
    select
        unlisted.feed,
        unlisted.column_name,
        unlisted.value,
        unlisted.row_count,
        ranked.near_value as nearest
    from unlisted
    left join ranked
        on unlisted.column_name = ranked.column_name and unlisted.value = ranked.value and ranked.place = 1
)

select * from described
