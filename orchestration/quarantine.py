"""What an operator asks of the quarantine: how much lies open, of which files and since when; and closing it by hand.

What closes a row by itself is known to `ingest.closing`.
"""

import difflib
import shlex
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from ingest.closing import OPEN, close_source
from ingest.errors import RevloopError
from ingest.opening import opened
from ingest.sql import literal
from ingest.store import connect
from orchestration.outputs.files import write_csv

# What a store of an earlier version lacks until a refresh has been there.
ADDED_COLUMNS = {"row_key": "varchar", "closed_at": "timestamptz"}
COUNTS = f"""
select feed, reason, count(*) filter (where {OPEN}), count(*) filter (where not ({OPEN}))
from quarantine where feed = coalesce($feed, feed) group by all order by all
"""
OPEN_FILES = f"""
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

    def told(self, now: datetime) -> str:
        """One line: how much of which file waits since when, and what to do about it."""
        age = f"open for {_age(now, self.since)}"
        remedy = f"mend it, or `revloop quarantine --close {shlex.quote(self.source)}`"
        if self.is_refused:
            return f"the file {self.source} was refused whole, {age}: {self.detail}; {remedy}"
        return f"quarantine holds {_rows(self.rows)} of {self.source}, {age}, such as: {self.detail}; {remedy}"


def counts(store: Path, feed: str | None) -> list[Count]:
    """Quarantined rows by feed and reason, of one feed or of all."""
    connection = connect(store, read_only=True)
    try:
        return [Count(*row) for row in connection.execute(_on(connection, COUNTS), {"feed": feed}).fetchall()]
    finally:
        connection.close()


def open_files(connection: duckdb.DuckDBPyConnection) -> list[OpenFile]:
    """What lies open, by source, the oldest first; `connection` is one on the store."""
    return [OpenFile(*row) for row in connection.execute(_on(connection, OPEN_FILES)).fetchall()]


def told(files: Sequence[OpenFile], now: datetime, most: int) -> list[str]:
    """Lines that tell what lies open, of so many files at most."""
    lines = [file.told(now) for file in files[:most]]
    if len(files) > most:
        lines.append(f"{len(files) - most} more files have rows in quarantine: see `revloop quarantine --out FILE`")
    return lines


def shown(found: Iterable[Count]) -> list[str]:
    """The counts as lines of a table."""
    lines = [
        f"{one.feed:<12}{one.reason:<18}"
        + (f"{one.other_rows:>10} turned away" if one.reason == "erased" else _open_and_closed(one))
        for one in found
    ]
    return lines or ["quarantine is empty"]


def close(store: Path, feed: str | None, source: str, now: datetime) -> list[str]:
    """Close what lies open of a source, and tell what that was. RevloopError if quarantine knows no such source."""
    connection = connect(store)
    try:
        known = connection.execute(
            "select distinct source from raw.quarantine where feed = coalesce(?, feed)", [feed]
        ).fetchall()
        sources = [name for (name,) in known]
        if source not in sources:
            near = difflib.get_close_matches(source, sources, n=1, cutoff=0)
            hint = f"; the nearest is {near[0]}" if near else ", it is empty"
            raise RevloopError(f"nothing of {source} lies in quarantine{hint}: see `revloop quarantine`")
        closed = close_source(connection, source, feed, now)
    finally:
        connection.close()
    lines = [f"{name}: {_rows(count)} of {source} closed" for name, count in closed.items()]
    return lines or [f"nothing of {source} was open"]


def write(store: Path, feed: str | None, out: Path) -> None:
    """Every quarantined row, of one feed or of all, as CSV that is safe to open in a spreadsheet.

    The store is held no longer than it takes to copy the rows out of it.
    """
    with tempfile.TemporaryDirectory(prefix="revloop-") as folder, duckdb.connect(f"{folder}/quarantine.duckdb") as own:
        own.execute("set TimeZone = 'UTC'")
        opened(store, lambda: own.execute(f"attach {literal(str(store))} as store (read_only)"))
        own.execute("use store")
        query = _on(own, "select * from quarantine where feed = coalesce($feed, feed)")
        own.execute(f"create table quarantine.rows as {query}", {"feed": feed})
        own.execute("use quarantine")
        own.execute("detach store")
        write_csv(own, "select * from rows order by feed, batch_id, source, source_row", out)


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"


def _age(now: datetime, since: datetime) -> str:
    """A length of time as an operator says it, in hours, and from three days on in days."""
    hours = max((now - since).total_seconds(), 0) / 3600
    return f"{hours:.0f} h" if hours < 72 else f"{hours / 24:.0f} days"


def _on(connection: duckdb.DuckDBPyConnection, query: str) -> str:
    """The query on the store's quarantine, with the columns that an earlier version did not have."""
    known = {name for name, *_ in connection.execute("describe raw.quarantine").fetchall()}
    added = [f"null::{kind} as {name}" for name, kind in ADDED_COLUMNS.items() if name not in known]
    return query.replace("from quarantine", f"from (select {', '.join(['*', *added])} from raw.quarantine)")


def _open_and_closed(one: Count) -> str:
    closed = f", {one.other_rows} closed" if one.other_rows else ""
    return f"{one.open_rows:>10} open{closed}"
