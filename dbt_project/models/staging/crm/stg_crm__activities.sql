{{ current_versions(ref('stg_crm__activity_versions'), 'activity_id', [
    'activity_id', 'lead_id', 'activity_type', 'occurred_at',
    'opportunity_id', 'outcome', 'actor_id', 'stage', 'reason', 'currency',
    'is_deleted',
]) }}
