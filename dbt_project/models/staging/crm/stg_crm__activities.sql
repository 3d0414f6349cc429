{{ current_versions(ref('stg_crm__activity_versions'), 'activity_id', [
    'activity_id', 'lead_id', 'activity_type', 'occurred_at', 'opportunity_id', 'outcome', 'actor_id',
    'channel', 'campaign_id', 'content_id', 'stage', 'reason', 'amount', 'currency', 'expected_close_on', 'is_deleted',
]) }}
