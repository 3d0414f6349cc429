{{ config(
    materialized='incremental', incremental_strategy='delete+insert', unique_key='lead_id', on_schema_change='fail'
) }}

{% set loaded_since -%}
    lead_id in (
        select new_versions.lead_id
        from {{ ref('stg_crm__lead_versions') }} as new_versions
        where {{ is_new('new_versions._loaded_at') }}
    )
{%- endset %}

{{ current_versions(
    ref('stg_crm__lead_versions'), 'lead_id',
    [
        'lead_id', 'created_at', 'updated_at',
        'job_title', 'company_name', 'company_domain', 'industry', 'employee_count', 'country',
        'lead_source', 'campaign_id', 'acquisition_cost', 'owner_id',
        'merged_into_lead_id', 'is_opted_out', 'is_deleted',
    ],
    only=loaded_since if is_increment() else 'true'
) }}
