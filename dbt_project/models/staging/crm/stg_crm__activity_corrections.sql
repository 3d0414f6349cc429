{{ config(
    materialized='incremental', incremental_strategy='delete+insert', unique_key='activity_id', on_schema_change='fail'
) }}

-- A night looks at all versions of what it loaded; a rebuild first finds the few activities that have several. It
-- counts numbers in place of texts; two ids with one number do no harm, the versions of each are counted in the end.
{% set key = 'versions.activity_id' if is_increment() else hash64('versions.activity_id') %}

with repeated as (
    select {{ key }} as repeated_key
    from {{ ref('stg_crm__activity_versions') }} as versions
    where {{ is_new('versions._loaded_at') }}
    group by {{ key }}
    {% if not is_increment() -%}
        having count(*) > 1
    {%- endif %}
),

ranked as (
    select
        versions.*,
        {{ version_rank('versions.activity_id') }} = 1 as is_current,
        count(*) over (partition by versions.activity_id) as version_count
    from {{ ref('stg_crm__activity_versions') }} as versions
    inner join repeated on {{ key }} = repeated.repeated_key
),

corrections as (
    select
        activity_id,
        lead_id,
        activity_type,
        occurred_at,
        updated_at,
        opportunity_id,
        outcome,
        actor_id,
        channel,
        campaign_id,
        content_id,
        stage,
        reason,
        amount,
        currency,
        expected_close_on,
        details,
        is_deleted,
        _loaded_at,
        _source,
        _source_row,
        is_current
    from ranked
    where version_count > 1
)

select * from corrections
