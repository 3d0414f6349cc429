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

lost_reasons as (
    select * from {{ ref('lost_reasons') }}
),

outcomes as (
    select distinct
        {{ folded('activity_type') }} as folded_type,
        {{ folded('outcome') }} as folded_outcome,
        outcome
    from {{ ref('stage_criteria') }}
    where outcome is not null
),

folded_outcomes as (
    select distinct
        folded_type,
        folded_outcome
    from outcomes
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
        occurred_at,
        outcome,
        reason
    from {{ this }}
    where activity_id not in (select new_versions.activity_id from new_versions)
    union all
    select
        activity_id,
        lead_id,
        activity_type,
        occurred_at,
        outcome,
        reason
    from new_versions
    where not is_deleted and activity_id not in (select new_corrections.activity_id from new_corrections)
    union all
    select
        activity_id,
        lead_id,
        activity_type,
        occurred_at,
        outcome,
        reason
    from new_corrections
    where not is_deleted
),
{%- else -%}
    activities as (
        select
            activity_id,
            lead_id,
            activity_type,
            occurred_at,
            outcome,
            reason
        from {{ ref('stg_crm__activities') }}
        where is_deleted = false
    ),
{%- endif %}

-- Few acts have an outcome, and few outcomes differ: what each folds to is asked once.
told_outcomes as (
    select distinct
        activity_type,
        outcome
    from {% if is_increment() -%} activities {%- else -%} {{ ref('stg_crm__activities') }} {%- endif %}
    where outcome is not null
),

misspelled_outcomes as (
    select
        told_outcomes.activity_type,
        told_outcomes.outcome
    from told_outcomes
    inner join folded_outcomes
        on
            {{ folded('told_outcomes.outcome') }} = folded_outcomes.folded_outcome
            and {{ folded('told_outcomes.activity_type') }} = folded_outcomes.folded_type
    left join outcomes
        on folded_outcomes.folded_type = outcomes.folded_type and told_outcomes.outcome = outcomes.outcome
    where outcomes.outcome is null
),

described as (
    select
        activities.activity_id,
        activities.lead_id,
        activities.activity_type,
        activities.occurred_at,
        activities.outcome,
        activities.reason,
        leads.lead_id is null as is_parked,
        activity_types.activity_type is null as is_unknown_type,
        activities.occurred_at > {{ as_of() }} as is_in_future,
        activities.activity_type = 'opportunity_lost'
        and activities.reason is not null
        and lost_reasons.reason is null as is_unlisted_reason,
        misspelled_outcomes.outcome is not null as is_misspelled_outcome
    from activities
    left join leads on activities.lead_id = leads.lead_id
    left join activity_types on activities.activity_type = activity_types.activity_type
    left join lost_reasons on activities.reason = lost_reasons.reason
    left join misspelled_outcomes
        on
            activities.activity_type = misspelled_outcomes.activity_type
            and activities.outcome = misspelled_outcomes.outcome
),

unplaced as (
    select * from described
    where is_parked or is_unknown_type or is_in_future or is_unlisted_reason or is_misspelled_outcome
)

select * from unplaced
