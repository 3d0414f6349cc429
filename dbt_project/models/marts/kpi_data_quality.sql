with batch_feeds as (
    select * from {{ source('ops', 'batch_feeds') }}
),

measured_before as (
    select * from {{ source('ops', 'data_quality') }}
    where refresh_id <> {{ refresh_fact('refresh_id') }}
),

measured as (
    select
        {{ refresh_fact('refresh_id') }} as refresh_id,
        feeds_measured.*
    from {{ ref('int_feeds_measured') }} as feeds_measured
),

measurements as (
    select
        refresh_id,
        feed,
        parked_rows,
        merged_leads,
        void_merges,
        erased_leads,
        future_rows,
        unknown_type_rows,
        latest_occurred_at
    from measured_before
    union all
    select
        refresh_id,
        feed,
        parked_rows,
        merged_leads,
        void_merges,
        erased_leads,
        future_rows,
        unknown_type_rows,
        latest_occurred_at
    from measured
),

quality as (
    select
        batch_feeds.batch_id as refresh_id,
        batch_feeds.feed,
        batch_feeds.rows_read,
        batch_feeds.rows_accepted,
        batch_feeds.rows_quarantined,
        batch_feeds.unparseable_rows,
        batch_feeds.missing_required_rows,
        batch_feeds.invalid_type_rows,
        batch_feeds.invalid_value_rows,
        batch_feeds.erased_rows,
        measurements.parked_rows,
        measurements.merged_leads,
        measurements.void_merges,
        measurements.erased_leads,
        measurements.future_rows,
        measurements.unknown_type_rows,
        batch_feeds.drifted_columns,
        measurements.latest_occurred_at
    from batch_feeds
    left join measurements
        on batch_feeds.batch_id = measurements.refresh_id and batch_feeds.feed = measurements.feed
)

select * from quality
