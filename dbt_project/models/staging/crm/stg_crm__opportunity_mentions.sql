{{ config(materialized='incremental', incremental_strategy='append', on_schema_change='fail') }}

with mentions as (
    select distinct
        versions.lead_id,
        versions.opportunity_id
    from {{ ref('stg_crm__activity_versions') }} as versions
    {% if is_increment() -%}
        left join {{ this }} as known
            on versions.lead_id = known.lead_id and versions.opportunity_id = known.opportunity_id
    {%- endif %}
    where
        versions.opportunity_id is not null and {{ is_new('versions._loaded_at') }}
        {% if is_increment() %} and known.lead_id is null {% endif %}
)

select * from mentions
