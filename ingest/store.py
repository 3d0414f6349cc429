"""The store file: its tables (raw rows, and the log of what loaded) and how it is opened.

What goes into the tables is decided elsewhere.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import duckdb

from ingest.errors import RevloopError
from ingest.feeds import FEEDS, Feed
from ingest.opening import opened
from ingest.sql import one_line, single_value

REASONS = ("unparseable_row", "missing_required", "invalid_type", "invalid_value", "erased")

_QUARANTINE_AND_LOG = """
create table if not exists raw.quarantine (
    feed varchar, source varchar, source_row bigint, batch_id varchar, loaded_at timestamptz,
    reason varchar, detail varchar, raw_row varchar
);
alter table raw.quarantine add column if not exists row_key varchar;
alter table raw.quarantine add column if not exists closed_at timestamptz;
alter table raw.quarantine add column if not exists lead_id varchar;
create table if not exists ops.batches (batch_id varchar, loaded_at timestamptz);
create table if not exists ops.batch_feeds (
    batch_id varchar, feed varchar, rows_read bigint, rows_accepted bigint,
    rows_quarantined bigint, unparseable_rows bigint, missing_required_rows bigint,
    invalid_type_rows bigint, invalid_value_rows bigint, erased_rows bigint,
    drifted_columns varchar
);
alter table ops.batch_feeds add column if not exists blanked_values bigint;
alter table ops.batch_feeds add column if not exists future_versions bigint;
alter table ops.batch_feeds add column if not exists drifted_count bigint;
create table if not exists ops.files (
    feed varchar, sha256 varchar, source varchar, batch_id varchar, loaded_at timestamptz,
    rows_read bigint
);
alter table ops.files add column if not exists rules_version integer;
alter table ops.files add column if not exists rows_quarantined bigint;
alter table ops.files add column if not exists read_with varchar;
alter table ops.files add column if not exists source_rows bigint;
alter table ops.files add column if not exists rows_unmade bigint;
alter table ops.files add column if not exists rows_left_out bigint;
create table if not exists ops.erased (lead_hash varchar);
create table if not exists ops.refreshes (
    refresh_id varchar, as_of timestamptz, known_at timestamptz, process_hash varchar,
    code_version varchar, started_at timestamptz, finished_at timestamptz,
    checks_passed boolean, checks_count bigint, is_replay boolean, is_as_of_asked boolean
);
alter table ops.refreshes add column if not exists is_replay boolean;
alter table ops.refreshes add column if not exists is_as_of_asked boolean;
alter table ops.refreshes add column if not exists stated_month date;
alter table ops.refreshes add column if not exists reporting_currency varchar;
create table if not exists ops.data_quality (
    refresh_id varchar, feed varchar, parked_rows bigint, merged_leads bigint, void_merges bigint,
    erased_leads bigint, future_rows bigint, unknown_type_rows bigint,
    latest_occurred_at timestamptz
);
alter table ops.data_quality add column if not exists unlisted_values bigint;
alter table ops.data_quality add column if not exists repriced_contracts bigint;
alter table ops.data_quality add column if not exists earliest_occurred_at timestamptz;
create table if not exists ops.measures (
    refresh_id varchar, mart varchar, measure varchar, period_month date, value decimal(18, 2)
);
create table if not exists ops.pay_statements (
    statement_month date, period_month date, rep_id varchar, kpi varchar, team varchar, statement_kind varchar,
    amount decimal(18, 2), payout_to_date decimal(18, 2), attainment double, full_pay decimal(28, 10),
    units decimal(38, 26), cap decimal(18, 8), arithmetic varchar, refresh_id varchar, stated_at timestamptz
);
create table if not exists ops.lead_score_history (
    lead_id varchar, scored_at timestamptz, combined_grade varchar, score_kind varchar, model_version varchar,
    opportunity_probability double, score_rank bigint, refresh_id varchar
);
"""


def connect(
    store: Path,
    *,
    read_only: bool = False,
    memory_limit: str | None = None,
    temp_directory: Path | None = None,
    patience: float | None = None,
) -> duckdb.DuckDBPyConnection:
    """Open the store in UTC; when it may be written, its tables are made where absent.

    While another process holds it, so many seconds are waited (default: as long as a night does). Raises HeldError
    when it is held still, RevloopError when the file cannot be opened.
    """
    config = {"preserve_insertion_order": "false"}
    if memory_limit is not None:
        config["memory_limit"] = memory_limit
    if temp_directory is not None:
        config["temp_directory"] = str(temp_directory)

    def open_it() -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect(str(store), read_only=read_only, config=config)
        try:
            connection.execute("set TimeZone = 'UTC'")
            if not read_only:
                _create_tables(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    return opened(store, open_it, patience)


def complete(store: Path) -> None:
    """Make what a store of an earlier version lacks. One that lacks nothing is only read, beside other readers."""
    with duckdb.connect() as example:
        _create_tables(example)
        wanted = _columns(example)
    connection = connect(store, read_only=True)
    try:
        is_whole = wanted <= _columns(connection)
    finally:
        connection.close()
    if not is_whole:
        connect(store).close()


def has_rows_since(store: Path, loaded_at: datetime) -> bool:
    """Whether any row was accepted later than that."""
    any_feed = " or ".join(f"exists (from raw.{feed} where _loaded_at > $loaded_at)" for feed in FEEDS)
    with connect(store, read_only=True) as connection:
        return single_value(connection, f"select {any_feed}", {"loaded_at": loaded_at})


@contextmanager
def usable(store: Path, remedy: str) -> Iterator[None]:
    """Turn failures of disk and memory around a store into RevloopError; `remedy` is what to check."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise RevloopError(f"cannot use {store}: {one_line(error)}; allow more memory") from error
    except (duckdb.IOException, OSError) as error:
        raise RevloopError(f"cannot use {store}: {one_line(error)}; check {remedy}") from error


def _create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("create schema if not exists raw; create schema if not exists ops;")
    for feed in FEEDS.values():
        connection.execute(_raw_table(feed))
    connection.execute(_QUARANTINE_AND_LOG)


def _columns(connection: duckdb.DuckDBPyConnection) -> set[tuple[str, str, str]]:
    return set(
        connection.execute(
            "select schema_name, table_name, column_name from duckdb_columns() where schema_name in ('raw', 'ops')"
        ).fetchall()
    )


def _raw_table(feed: Feed) -> str:
    columns = ", ".join(f"{column.name} {column.sql_type}" for column in feed.columns)
    return (
        f"create table if not exists raw.{feed.name} ({columns}, _batch_id varchar, "
        "_loaded_at timestamptz, _source varchar, _source_row bigint, _extra varchar)"
    )
