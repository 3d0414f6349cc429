{{ current_versions(ref('stg_crm__contract_versions'), 'contract_id', [
    'contract_id', 'customer_id', 'signed_at', 'starts_on', 'ends_on', 'mrr', 'currency',
    'lead_id', 'opportunity_id', 'product', 'renews_contract_id', 'cancelled_on', 'cancel_reason', 'owner_id',
    'is_deleted',
]) }}
