{{ current_versions(ref('stg_crm__lead_versions'), 'lead_id', [
    'lead_id', 'created_at', 'updated_at',
    'job_title', 'company_name', 'company_domain', 'industry', 'employee_count', 'country',
    'lead_source', 'campaign_id', 'acquisition_cost', 'owner_id',
    'merged_into_lead_id', 'is_opted_out', 'is_deleted',
]) }}
