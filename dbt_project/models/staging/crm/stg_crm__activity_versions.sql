with source as (
    select * from {{ source('raw', 'activities') }}
),

known as (
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
        _source_row
    from source
    where {{ is_known('_loaded_at') }}
)

select * from known
