"""Which origins were read before, by feed and fingerprint, and what of one that is read once more is new.

The log keeps them in ops.files, by what was the one kind of fingerprint once, a SHA-256. A file of several feeds stands
there once for each of them, each time with the account of the whole file. How an origin is read is the affair of `load`
and of its reader.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import duckdb

from ingest.feeds import RULES_VERSION
from ingest.origins import Account, Origin

# A store of an earlier version tells of refused rows only by the quarantine of the origin's batch.
_WITHOUT_REFUSED_ROWS = """
    coalesce(files.rows_quarantined, (
        select count(*) from raw.quarantine
        where quarantine.feed = files.feed and quarantine.source = files.source
            and quarantine.batch_id = files.batch_id
    )) = 0"""


@dataclass(frozen=True)
class ReadOrigin:
    """An origin that need not be read again: its fingerprint, how many rows of its feed were read, and its account.

    `read_with` is what its rows depended on beside itself.
    """

    origin: Origin
    fingerprint: str
    rows_read: int
    read_with: frozenset[str] = frozenset()
    account: Account = field(default_factory=Account)


class KnownOrigins:
    """Which origins are not read again: of one that older rules read, all was good, and it held something."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        found = connection.execute(
            f"""
            select feed, sha256, read_with from (
                from ops.files qualify row_number() over (partition by feed, sha256 order by loaded_at desc) = 1
            ) as files
            where rules_version >= {RULES_VERSION} or (rows_read > 0 and {_WITHOUT_REFUSED_ROWS})
            """
        ).fetchall()
        self._read_with = {(feed, known): frozenset((parts or "").splitlines()) for feed, known, parts in found}

    def have(self, origins: Iterable[Origin], fingerprint: str, read_with: frozenset[str]) -> bool:
        """Whether an origin was read, and read with all that its rows depend on now."""
        keys = [(origin.feed, fingerprint) for origin in origins]
        return all(key in self._read_with and read_with <= self._read_with[key] for key in keys)

    def add(self, origin: Origin, fingerprint: str, read_with: frozenset[str]) -> None:
        """Know an origin of this batch."""
        self._read_with[origin.feed, fingerprint] = read_with


def rows_refused_before(connection: duckdb.DuckDBPyConnection, feed: str, fingerprint: str) -> list[int] | None:
    """Numbers of the rows that were refused when an origin was last read; None where all of its rows are new.

    All are, of one that was never read, or of which nothing was, or which was refused whole.
    """
    last = connection.execute(
        """
        select source, batch_id, rows_read from ops.files
        where feed = ? and sha256 = ? order by loaded_at desc limit 1
        """,
        [feed, fingerprint],
    ).fetchone()
    if last is None or last[2] == 0:
        return None
    found = connection.execute(
        "select source_row from raw.quarantine where feed = ? and source = ? and batch_id = ?",
        [feed, *last[:2]],
    ).fetchall()
    numbers = [number for (number,) in found]
    return None if None in numbers else numbers


def remember(connection: duckdb.DuckDBPyConnection, origins: list[ReadOrigin], stamp: dict[str, object]) -> None:
    """Write the origins of a batch, whose quarantine is stored already, into the log."""
    if not origins:
        return
    connection.execute(
        f"""
        insert into ops.files
            (feed, sha256, source, batch_id, loaded_at, rows_read, rules_version, rows_quarantined, read_with,
            source_rows, rows_unmade, rows_left_out)
        select read_origins.feed, sha256, read_origins.source, $batch_id, $loaded_at, rows_read, {RULES_VERSION},
            coalesce(row_count, 0), nullif(read_with, ''), source_rows, rows_unmade, rows_left_out
        from (
            select unnest($feeds) as feed, unnest($fingerprints) as sha256, unnest($sources) as source,
                unnest($row_counts) as rows_read, unnest($read_with) as read_with,
                unnest($source_rows::bigint[]) as source_rows,
                unnest($unmade) as rows_unmade, unnest($left_out) as rows_left_out
        ) as read_origins
        left join (
            select feed, source, count(*) as row_count
            from raw.quarantine where batch_id = $batch_id group by all
        ) as refused on read_origins.feed = refused.feed and read_origins.source = refused.source
        """,
        {
            **stamp,
            "feeds": [read.origin.feed for read in origins],
            "fingerprints": [read.fingerprint for read in origins],
            "sources": [read.origin.source for read in origins],
            "row_counts": [read.rows_read for read in origins],
            "read_with": ["\n".join(sorted(read.read_with)) for read in origins],
            "source_rows": [read.account.rows for read in origins],
            "unmade": [read.account.unmade for read in origins],
            "left_out": [read.account.left_out for read in origins],
        },
    )
