{% set measures = [
    'parked_rows', 'merged_leads', 'void_merges', 'erased_leads', 'future_rows', 'unknown_type_rows',
    'unlisted_values', 'repriced_contracts', 'earliest_occurred_at', 'latest_occurred_at',
] | join(', ') %}

with batch_feeds as (
    select * from {{ source('ops', 'batch_feeds') }}
),

measured_before as (
    select * from {{ source('ops', 'data_quality') }}
    where refresh_id <> {{ refresh_fact('refresh_id') }}
),

feeds_measured as (
    select * from {{ ref('int_feed_measures') }}
),

-- Types that no seed lists are counted by themselves, as unknown_type_rows.
unlisted as (
    select
        feed,
        cast(sum(row_count) as bigint) as unlisted_values
    from {{ ref('kpi_unlisted_values') }}
    where column_name <> 'activity_type'
    group by feed
),

repriced as (
    select
        'contracts' as feed,
        count(*) as repriced_contracts
    from {{ ref('int_contracts_repriced') }}
),

measured as (
    select
        {{ refresh_fact('refresh_id') }} as refresh_id,
        feeds_measured.*,
        coalesce(unlisted.unlisted_values, 0) as unlisted_values,
        coalesce(repriced.repriced_contracts, 0) as repriced_contracts
    from feeds_measured
    left join unlisted on feeds_measured.feed = unlisted.feed
    left join repriced on feeds_measured.feed = repriced.feed
),

measurements as (
    select
        refresh_id,
        feed,
        {{ measures }}
    from measured_before
    union all
    select
        refresh_id,
        feed,
        {{ measures }}
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
        coalesce(batch_feeds.future_versions, 0) as future_versions,
        coalesce(batch_feeds.blanked_values, 0) as blanked_values,
        measurements.unknown_type_rows,
        measurements.unlisted_values,
        measurements.repriced_contracts,
        -- A batch of a store of the release before has names alone.
        coalesce(
            batch_feeds.drifted_count,
            1 + length(batch_feeds.drifted_columns) - length(replace(batch_feeds.drifted_columns, ',', '')),
            0
        ) as drifted_columns,
        batch_feeds.drifted_columns as drifted_column_names,
        measurements.earliest_occurred_at,
        measurements.latest_occurred_at
    from batch_feeds
    left join measurements
        on batch_feeds.batch_id = measurements.refresh_id and batch_feeds.feed = measurements.feed
)

select * from quality
