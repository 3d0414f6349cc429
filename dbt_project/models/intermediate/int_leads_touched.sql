-- depends_on: {{ ref('stg_crm__activity_versions') }}, {{ ref('stg_crm__contract_versions') }}
-- depends_on: {{ source('state', 'leads') }}
{% if not is_increment() %}
-- A night that rebuilds everything asks nobody what was touched.
    select lead_id from {{ ref('int_leads_digested') }}
    where false
{% else %}
with digests as (
    select * from {{ ref('int_leads_digested') }}
),

digests_before as (
    select * from {{ source('state', 'leads') }}
),

activities as (
    select * from {{ ref('stg_crm__activity_versions') }}
),

contracts as (
    select * from {{ ref('stg_crm__contract_versions') }}
),

-- Every version counts, so that an activity that moved touches the lead it left.
new_activities as (
    select distinct activity_id
    from activities
    where _loaded_at > {{ changed_since() }}
),

new_contracts as (
    select distinct contract_id
    from contracts
    where _loaded_at > {{ changed_since() }} or (signed_at > {{ previous_as_of() }} and signed_at <= {{ as_of() }})
),

signed_opportunities as (
    select distinct contracts.opportunity_id
    from contracts
    inner join new_contracts on contracts.contract_id = new_contracts.contract_id
    where contracts.opportunity_id is not null
),

touched_by_activity as (
    select activities.lead_id
    from activities
    inner join new_activities on activities.activity_id = new_activities.activity_id
    union
    select lead_id
    from activities
    where occurred_at > {{ previous_as_of() }} and occurred_at <= {{ as_of() }}
    union
    select activities.lead_id
    from activities
    inner join signed_opportunities on activities.opportunity_id = signed_opportunities.opportunity_id
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
    select digests.survivor_id as lead_id
    from digests
    inner join touched_by_activity on digests.lead_id = touched_by_activity.lead_id
    union
    select digests_before.survivor_id as lead_id
    from digests_before
    inner join touched_by_activity on digests_before.lead_id = touched_by_activity.lead_id
    union
    select survivor_now as lead_id
    from differing
    union
    select survivor_before as lead_id
    from differing
)

select lead_id from touched
where lead_id is not null
{% endif %}
