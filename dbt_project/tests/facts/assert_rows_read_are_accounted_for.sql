-- Nothing is lost on the way in: every row read is accepted, or quarantined for one reason.
select
    refresh_id,
    feed,
    'kpi_data_quality: refresh ' || refresh_id || ' read ' || cast(rows_read as varchar) || ' rows of ' || feed
    || ', accepted and quarantined are not as many. Report it as a fault of ingest.' as message
from {{ ref('kpi_data_quality') }}
where
    rows_read <> rows_accepted + rows_quarantined
    or rows_quarantined
    <> unparseable_rows + missing_required_rows + invalid_type_rows + invalid_value_rows + erased_rows
