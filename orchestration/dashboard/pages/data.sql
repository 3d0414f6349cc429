-- name: nights
-- mart: fct_refreshes
-- key: refresh_id
-- where: refresh_number > (select max(refresh_number) - 30 from marts.fct_refreshes)
select refresh_id, started_at, finished_at, as_of, known_at, checks_count, is_as_of_asked, is_replay, code_version, process_hash
from marts.fct_refreshes
where refresh_number > (select max(refresh_number) - 30 from marts.fct_refreshes)
order by refresh_number desc, refresh_id;

-- name: feeds
-- mart: kpi_data_quality
-- key: refresh_id, feed
-- derived: night = try_strptime(substr(refresh_id, 2, 8), '%Y%m%d')::date
-- where: refresh_id in (select distinct refresh_id from marts.kpi_data_quality order by refresh_id desc limit 30)
select
    refresh_id,
    try_strptime(substr(refresh_id, 2, 8), '%Y%m%d')::date as night,
    feed,
    latest_occurred_at,
    rows_read,
    rows_accepted,
    rows_quarantined,
    unparseable_rows,
    missing_required_rows,
    invalid_type_rows,
    invalid_value_rows,
    erased_rows,
    parked_rows,
    merged_leads,
    void_merges,
    erased_leads,
    future_rows,
    future_versions,
    blanked_values,
    unknown_type_rows,
    unlisted_values,
    repriced_contracts,
    drifted_columns
from marts.kpi_data_quality
where refresh_id in (select distinct refresh_id from marts.kpi_data_quality order by refresh_id desc limit 30)
order by refresh_id, feed;

-- name: unlisted
-- mart: kpi_unlisted_values
-- key: feed, column_name, value
select feed, column_name, value, row_count, nearest
from marts.kpi_unlisted_values
order by row_count desc, feed, column_name, value
limit 200;

-- name: restatements
-- mart: kpi_restatements
-- key: period_month, mart, measure
-- where: difference <> 0
select period_month, mart, measure, published, current, difference, cause, first_published_at, is_news
from marts.kpi_restatements
where difference <> 0
order by is_news desc, period_month desc, mart, measure
limit 200;
