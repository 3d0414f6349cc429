{{ per_lead() }}

{% set never = timestamp_literal('9999-12-31 00:00:00+00') %}
{% set act_order = struct_of({'occurred_at': 'new_acts.occurred_at', 'activity_id': 'new_acts.activity_id'}) %}
{% set drawn = hash_share("ruled.lead_id || '|' || cast(ruled.cycle_number as varchar) || '|' || ruled.pool") %}

with waits as (
    select * from {{ touched('int_recycling_waits') }}
),

profiles as (
    select * from {{ touched('int_lead_profiles') }}
    where profile = 'current'
),

stretches as (
    select * from {{ touched('int_quiet_stretches') }}
    where ends_at is null
),

lead_opportunities as (
    select * from {{ touched('int_lead_opportunities') }}
),

-- An opportunity may be another lead's: whoever touches one that names it touches all.
opportunities as (
    select * from {{ whole('int_opportunity_outcomes') }}
),

new_acts as (
    select * from {{ touched('int_activities_attached') }}
    where is_buyer_act and points >= 0
),

rules as (
    select * from {{ ref('int_recycle_rules_first') }}
),

first_opportunities as (
    select
        lead_opportunities.lead_id,
        min(opportunities.created_at) as created_at
    from lead_opportunities
    inner join opportunities on lead_opportunities.opportunity_id = opportunities.opportunity_id
    group by lead_opportunities.lead_id
),

-- Who has had an opportunity by then has lost one. The least of times passes over one that has no end.
pooled as (
    select
        waits.*,
        case when waits.is_customer then 'unattended_customer' else 'churned_customer' end as pool,
        waits.begins_at as pool_begins_at,
        waits.ends_at as pool_ends_at
    from waits
    where waits.is_customer or waits.stage = {{ churned_stage() }}
    union all
    select
        waits.*,
        'never_opportunity' as pool,
        waits.begins_at as pool_begins_at,
        least(waits.ends_at, first_opportunities.created_at) as pool_ends_at
    from waits
    left join first_opportunities on waits.lead_id = first_opportunities.lead_id
    where
        not waits.is_customer
        and waits.stage <> {{ churned_stage() }}
        and coalesce(waits.begins_at < first_opportunities.created_at, true)
    union all
    select
        waits.*,
        'lost_opportunity' as pool,
        greatest(waits.begins_at, first_opportunities.created_at) as pool_begins_at,
        waits.ends_at as pool_ends_at
    from waits
    inner join first_opportunities on waits.lead_id = first_opportunities.lead_id
    where
        not waits.is_customer
        and waits.stage <> {{ churned_stage() }}
        and coalesce(first_opportunities.created_at < waits.ends_at, true)
),

-- A rule for the very reason beats one for any.
ruled as (
    select
        pooled.*,
        coalesce(exact_rules.from_stage, general_rules.from_stage) is not null as has_rule,
        case when exact_rules.from_stage is null then general_rules.priority else exact_rules.priority end as priority,
        case when exact_rules.from_stage is null then general_rules.min_days else exact_rules.min_days end as min_days,
        case when exact_rules.from_stage is null then general_rules.max_cycles else exact_rules.max_cycles end
            as max_cycles,
        case
            when exact_rules.from_stage is null then general_rules.least_fit_position
            else exact_rules.least_fit_position
        end as least_fit_position,
        coalesce(exact_rules.needs_new_act, general_rules.needs_new_act, false) as needs_new_act
    from pooled
    left join rules as exact_rules on pooled.stage = exact_rules.from_stage and pooled.reason = exact_rules.reason
    left join rules as general_rules on pooled.stage = general_rules.from_stage and general_rules.reason is null
),

acted as (
    select
        ruled.lead_id,
        ruled.pool_begins_at,
        min(new_acts.occurred_at) as first_new_act_at,
        min_by(new_acts.activity_id, {{ act_order }}) as first_new_act_id,
        max(new_acts.occurred_at) as last_new_act_at,
        max_by(new_acts.activity_type, {{ act_order }}) as last_new_act_type
    from ruled
    inner join new_acts
        on
            ruled.lead_id = new_acts.lead_id
            and ruled.entered_pool_at < new_acts.occurred_at
            and new_acts.occurred_at < coalesce(ruled.pool_ends_at, {{ never }})
    group by ruled.lead_id, ruled.pool_begins_at
),

pools as (
    select
        ruled.lead_id,
        profiles.segment,
        ruled.transition_number,
        ruled.cycle_number,
        ruled.stage,
        ruled.reason,
        ruled.is_unattended,
        ruled.pool,
        ruled.entered_pool_at,
        ruled.pool_begins_at as begins_at,
        ruled.pool_ends_at as ends_at,
        -- While somebody counts as unattended nobody has acted; who fell off the path may be written to.
        case when ruled.is_unattended then ruled.entered_pool_at else stretches.begins_at end as quiet_since,
        ruled.has_rule,
        ruled.priority,
        ruled.min_days,
        ruled.max_cycles,
        ruled.least_fit_position,
        ruled.needs_new_act,
        acted.first_new_act_at,
        acted.first_new_act_id,
        acted.last_new_act_at,
        acted.last_new_act_type,
        {{ drawn }} < {{ var('recycling_holdout_rate') }} as is_drawn
    from ruled
    inner join profiles on ruled.lead_id = profiles.lead_id
    left join stretches
        on ruled.lead_id = stretches.lead_id and ruled.transition_number = stretches.transition_number
    left join acted on ruled.lead_id = acted.lead_id and ruled.pool_begins_at = acted.pool_begins_at
)

select * from pools
