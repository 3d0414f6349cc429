-- depends_on: {{ ref('stg_crm__activity_versions') }}, {{ ref('stg_crm__activity_corrections') }}
-- depends_on: {{ ref('stg_crm__lead_versions') }}, {{ ref('stg_crm__leads') }}, {{ ref('stg_crm__contract_versions') }}
-- depends_on: {{ ref('stg_crm__opportunity_mentions') }}
-- depends_on: {{ ref('int_lead_digests') }}, {{ source('state', 'leads') }}
{% if not is_increment() %}
-- A night that rebuilds everything asks nobody what was touched.
    select lead_id from {{ ref('stg_crm__leads') }}
    where false
{% else %}
with new_activities as (
    select
        activity_id,
        lead_id
    from {{ ref('stg_crm__activity_versions') }}
    where {{ is_new('_loaded_at') }}
),

-- Read apart from the new ones: each is found by a column that whole blocks of rows are passed over by.
passed_activities as (
    select lead_id from {{ ref('stg_crm__activity_versions') }}
    where occurred_at > {{ previous_as_of() }} and occurred_at <= {{ as_of() }}
),

corrections as (
    select * from {{ ref('stg_crm__activity_corrections') }}
),

mentions as (
    select * from {{ ref('stg_crm__opportunity_mentions') }}
),

leads as (
    select * from {{ ref('stg_crm__leads') }}
),

contracts as (
    select * from {{ ref('stg_crm__contract_versions') }}
),

digests as (
    select * from {{ ref('int_lead_digests') }}
),

digests_before as (
    select * from {{ source('state', 'leads') }}
),

signed_opportunities as (
    select distinct contracts.opportunity_id
    from contracts
    inner join (
        select contract_id from contracts
        where {{ is_new('_loaded_at') }} or (signed_at > {{ previous_as_of() }} and signed_at <= {{ as_of() }})
    ) as new_contracts on contracts.contract_id = new_contracts.contract_id
    where contracts.opportunity_id is not null
),

-- Every version counts, so that an activity that moved touches the lead it left.
changed as (
    select lead_id from new_activities
    union
    select corrections.lead_id
    from corrections
    inner join new_activities on corrections.activity_id = new_activities.activity_id
    union
    select lead_id from passed_activities
    union
    select mentions.lead_id
    from mentions
    inner join signed_opportunities on mentions.opportunity_id = signed_opportunities.opportunity_id
    union
    select lead_id from {{ ref('stg_crm__lead_versions') }}
    where {{ is_new('_loaded_at') }}
    union
    -- Seen by their creation now, or scored by another version than the current one until now.
    select lead_id from leads
    where
        (created_at > {{ previous_as_of() }} and created_at <= {{ as_of() }})
        or updated_at > {{ previous_as_of() }}
),

differing as (
    select
        digests.survivor_id as survivor_now,
        digests_before.survivor_id as survivor_before
    from digests
    full outer join digests_before on digests.lead_id = digests_before.lead_id
    where
        not ({{ same('digests.survivor_id', 'digests_before.survivor_id') }})
        or not ({{ same('digests.digest', 'digests_before.digest') }})
),

touched as (
    select lead_id from changed
    union
    select digests.survivor_id as lead_id
    from changed
    inner join digests on changed.lead_id = digests.lead_id
    union
    select digests_before.survivor_id as lead_id
    from changed
    inner join digests_before on changed.lead_id = digests_before.lead_id
    union
    select survivor_now as lead_id from differing
    union
    select survivor_before as lead_id from differing
),

-- An opportunity that several leads name is told by all of them: who touches one touches the others.
touched_with_merged as (
    select lead_id from touched
    union
    select digests.lead_id
    from digests
    inner join touched on digests.survivor_id = touched.lead_id
    union
    select digests_before.lead_id
    from digests_before
    inner join touched on digests_before.survivor_id = touched.lead_id
),

named_opportunities as (
    select distinct mentions.opportunity_id
    from mentions
    inner join touched_with_merged on mentions.lead_id = touched_with_merged.lead_id
),

naming as (
    select distinct mentions.lead_id
    from mentions
    inner join named_opportunities on mentions.opportunity_id = named_opportunities.opportunity_id
),

touched_with_partners as (
    select lead_id from touched
    union
    select lead_id from naming
    union
    select digests.survivor_id as lead_id
    from naming
    inner join digests on naming.lead_id = digests.lead_id
    union
    select digests_before.survivor_id as lead_id
    from naming
    inner join digests_before on naming.lead_id = digests_before.lead_id
)

select lead_id from touched_with_partners
where lead_id is not null
{% endif %}
