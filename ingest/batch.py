"""The one transaction of a batch: what waits goes to raw and quarantine, with its accounts.

How rows come to wait, typed and judged, is in `staging`.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import duckdb

from ingest.closing import close_good_keys, close_read, close_seen
from ingest.feeds import FEEDS
from ingest.known_origins import ReadOrigin, remember
from ingest.landing import Ignored
from ingest.origins import Origin
from ingest.sql import single_value
from ingest.store import REASONS
from ingest.unchanged import rows_to_store

# Of an origin that is read once more, what was accepted before is in raw, or was no news even then.
_IS_NEW = """(
    _source not in (select source from staging.read_before where feed = '{feed}')
    or (_source, _source_row) in (select (source, source_row) from staging.rows_refused_before where feed = '{feed}')
)"""


@dataclass
class FeedReport:
    """What a batch read of one feed; `files` are the sources it read, skipped ones left out."""

    rows_read: int = 0
    rows_accepted: int = 0
    rows_quarantined: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    drifted_columns: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)


@dataclass
class BatchReport:
    """What a batch did, per feed, the names in the landing folder that it did not read, and what looks misspelt."""

    batch_id: str
    loaded_at: datetime
    feeds: dict[str, FeedReport]
    ignored_files: list[Ignored]
    notes: list[str] = field(default_factory=list)


def store_batch(
    connection: duckdb.DuckDBPyConnection,
    batch_id: str,
    now: datetime,
    reports: dict[str, FeedReport],
    read: list[ReadOrigin],
    skipped: list[tuple[Origin, str]],
) -> datetime:
    """Store what waits; returns the batch's loaded_at. `skipped` are the origins that were read before, by fingerprint.

    Nothing is stored unless this returns: closing the connection undoes an unfinished batch.
    """
    connection.begin()
    loaded_at = _next_loaded_at(connection, now)
    stamp = {"batch_id": batch_id, "loaded_at": loaded_at}
    connection.execute("insert into ops.batches values ($batch_id, $loaded_at)", stamp)
    for name, report in reports.items():
        _quarantine(connection, name, stamp)
        close_good_keys(connection, name, _IS_NEW.format(feed=name), stamp)
        _count(connection, name, stamp, report)
        if report.rows_accepted:
            _store_rows(connection, name, stamp)
    close_read(connection, [(one.origin, one.fingerprint) for one in read], stamp)
    remember(connection, read, stamp)
    # One may be skipped because another of this batch has the same fingerprint.
    close_seen(connection, skipped, [*(origin for origin, _ in skipped), *(one.origin for one in read)], stamp)
    connection.commit()
    return loaded_at


def _next_loaded_at(connection: duckdb.DuckDBPyConnection, now: datetime) -> datetime:
    """The start of the refresh, but later than every batch before, whatever the clock does."""
    last = single_value(connection, "select max(loaded_at) at time zone 'UTC' from ops.batches")
    now = now.astimezone(UTC)
    if last is None:
        return now
    return max(now, last.replace(tzinfo=UTC) + timedelta(microseconds=1))


def _quarantine(connection: duckdb.DuckDBPyConnection, feed: str, stamp: dict[str, object]) -> None:
    """What waits and is bad goes to quarantine, with its key where it has one that a later row can name."""
    connection.execute(
        f"""
        insert into raw.quarantine
            (feed, source, source_row, batch_id, loaded_at, reason, detail, raw_row, row_key, lead_id)
        select '{feed}', _source, _source_row, $batch_id, $loaded_at, _reason, _detail, _raw,
            case when _reason <> 'erased' and not is_cut_id({FEEDS[feed].key}) then {FEEDS[feed].key} end,
            case when _reason <> 'erased' then lead_id end
        from staging.{feed} where _reason is not null
        union all
        select feed, source, source_row, $batch_id, $loaded_at, reason, detail, raw_row,
            case when not is_cut_id(row_key) then row_key end, null
        from staging.unparseable where feed = '{feed}'
        """,
        stamp,
    )


def _store_rows(connection: duckdb.DuckDBPyConnection, feed: str, stamp: dict[str, object]) -> None:
    columns = ", ".join(FEEDS[feed].column_names)
    connection.execute(
        f"insert into raw.{feed} select {columns}, $batch_id, $loaded_at, _source, _source_row, "
        f"_extra {rows_to_store(connection, FEEDS[feed])} and {_IS_NEW.format(feed=feed)}",
        stamp,
    )


def _count(connection: duckdb.DuckDBPyConnection, feed: str, stamp: dict[str, object], report: FeedReport) -> None:
    ((report.rows_accepted, blanked_values, future_versions),) = connection.execute(
        "select count(*), coalesce(sum(_blanked), 0), count(*) filter (where updated_at > $loaded_at) "
        f"from staging.{feed} where _reason is null",
        {"loaded_at": stamp["loaded_at"]},
    ).fetchall()
    report.reasons = dict(
        connection.execute(
            "select reason, count(*) from raw.quarantine where batch_id = ? and feed = ? "
            "group by reason order by reason",
            [stamp["batch_id"], feed],
        ).fetchall()
    )
    report.rows_quarantined = sum(report.reasons.values())
    report.rows_read = report.rows_accepted + report.rows_quarantined
    account = {
        "batch_id": stamp["batch_id"],
        "feed": feed,
        "rows_read": report.rows_read,
        "rows_accepted": report.rows_accepted,
        "rows_quarantined": report.rows_quarantined,
        **{f"{reason.removesuffix('_row')}_rows": report.reasons.get(reason, 0) for reason in REASONS},
        "drifted_columns": ",".join(report.drifted_columns) or None,
        "drifted_count": len(report.drifted_columns),
        "blanked_values": blanked_values,
        "future_versions": future_versions,
    }
    connection.execute(
        f"insert into ops.batch_feeds ({', '.join(account)}) values ({', '.join(f'${name}' for name in account)})",
        account,
    )
