{{ config(
    materialized='incremental', incremental_strategy='delete+insert', unique_key='activity_id', on_schema_change='fail'
) }}

with new_versions as (
    select activity_id
    from {{ ref('stg_crm__activity_versions') }}
    where {{ is_new('_loaded_at') }}
),

repeated as (
    select activity_id
    from {{ ref('stg_crm__activity_versions') }}
    {% if is_increment() -%}
        where activity_id in (select new_versions.activity_id from new_versions)
    {%- endif %}
    group by activity_id
    having count(*) > 1
),

ranked as (
    select
        versions.*,
        {{ version_rank('versions.activity_id') }} = 1 as is_current
    from {{ ref('stg_crm__activity_versions') }} as versions
    inner join repeated on versions.activity_id = repeated.activity_id
)

select * from ranked
