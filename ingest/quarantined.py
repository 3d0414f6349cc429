"""What lies in quarantine, asked of a store of this version or an earlier one.

How rows come into it is in `batch`, how they are closed in `closing`; what an operator is told of it is not known here.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from ingest.closing import OPEN
from ingest.opening import opened
from ingest.sql import literal
from ingest.store import connect

# What a store of an earlier version lacks until a refresh has been there.
_ADDED_COLUMNS = {"row_key": "varchar", "closed_at": "timestamptz"}
_COUNTS = f"""
select feed, reason, count(*) filter (where {OPEN}), count(*) filter (where not ({OPEN}))
from quarantine where feed = coalesce($feed, feed) group by all order by all
"""
_OPEN_FILES = f"""
with by_batch as (
    select feed, source, batch_id, count(*) as row_count, min(loaded_at) as since,
        bool_or(source_row is null) as is_unread, arg_min(detail, coalesce(source_row, 0)) as detail
    from quarantine where {OPEN} group by all
),

judged as (
    select by_batch.*, coalesce(is_unread or row_count = files.rows_read, is_unread) as is_refused
    from by_batch left join ops.files as files
        on by_batch.feed = files.feed and by_batch.source = files.source and by_batch.batch_id = files.batch_id
)

select feed, source, sum(row_count)::bigint, min(since), bool_or(is_refused), arg_max(detail, row(is_refused, since))
from judged group by all order by min(since), feed, source
"""


@dataclass(frozen=True)
class Count:
    """Rows of one feed and reason: `is_open` ones wait for somebody, the others were made good, closed or erased."""

    feed: str
    reason: str
    open_rows: int
    other_rows: int


@dataclass(frozen=True)
class OpenFile:
    """What lies open of one source; `is_refused` where not one row of the file was taken, `detail` names a fault."""

    feed: str
    source: str
    rows: int
    since: datetime
    is_refused: bool
    detail: str | None


def counts(store: Path, feed: str | None) -> list[Count]:
    """Quarantined rows by feed and reason, of one feed or of all."""
    with connect(store, read_only=True) as connection:
        return [Count(*row) for row in connection.execute(_on(connection, _COUNTS), {"feed": feed}).fetchall()]


def open_files(connection: duckdb.DuckDBPyConnection) -> list[OpenFile]:
    """What lies open, by source, the oldest first; `connection` is one on the store."""
    return [OpenFile(*row) for row in connection.execute(_on(connection, _OPEN_FILES)).fetchall()]


def sources(connection: duckdb.DuckDBPyConnection, feed: str | None) -> list[str]:
    """The sources of which anything lies in quarantine, open or not."""
    found = connection.execute("select distinct source from raw.quarantine where feed = coalesce(?, feed)", [feed])
    return [source for (source,) in found.fetchall()]


@contextmanager
def copied(store: Path, feed: str | None) -> Iterator[duckdb.DuckDBPyConnection]:
    """All quarantined rows, of one feed or of all, as the table `rows` of a file of their own.

    The store is held no longer than it takes to copy them.
    """
    with tempfile.TemporaryDirectory(prefix="revloop-") as folder, duckdb.connect(f"{folder}/quarantine.duckdb") as own:
        own.execute("set TimeZone = 'UTC'")
        opened(store, lambda: own.execute(f"attach {literal(str(store))} as store (read_only)"))
        own.execute("use store")
        query = _on(own, "select * from quarantine where feed = coalesce($feed, feed)")
        own.execute(f"create table quarantine.rows as {query}", {"feed": feed})
        own.execute("use quarantine")
        own.execute("detach store")
        yield own


def _on(connection: duckdb.DuckDBPyConnection, query: str) -> str:
    """The query on the store's quarantine, with the columns that an earlier version did not have."""
    known = {name for name, *_ in connection.execute("describe raw.quarantine").fetchall()}
    added = [f"null::{kind} as {name}" for name, kind in _ADDED_COLUMNS.items() if name not in known]
    return query.replace("from quarantine", f"from (select {', '.join(['*', *added])} from raw.quarantine)")
