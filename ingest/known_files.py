"""Which files were read before, by feed and bytes, and what of a file that is read once more is new.

How a file is read is the affair of `load` and the readers of the formats.
"""

from dataclasses import dataclass

import duckdb

from ingest.feeds import RULES_VERSION
from ingest.files import LandedFile

# A store of an earlier version tells of refused rows only by the quarantine of the file's batch.
_WITHOUT_REFUSED_ROWS = """
    coalesce(files.rows_quarantined, (
        select count(*) from raw.quarantine
        where quarantine.feed = files.feed and quarantine.source = files.source
            and quarantine.batch_id = files.batch_id
    )) = 0"""


@dataclass(frozen=True)
class ReadFile:
    """A file that need not be read again: its SHA-256 and how many rows were read of it."""

    file: LandedFile
    digest: str
    rows_read: int


def known_files(connection: duckdb.DuckDBPyConnection) -> set[tuple[str, str]]:
    """Feed and SHA-256 of the files that are not read again.

    Of a file that was read by older rules, nothing was refused, and something was found in it.
    """
    return set(
        connection.execute(
            f"""
            select feed, sha256 from ops.files
            where rules_version >= {RULES_VERSION} or (rows_read > 0 and {_WITHOUT_REFUSED_ROWS})
            """
        ).fetchall()
    )


def rows_refused_before(connection: duckdb.DuckDBPyConnection, feed: str, digest: str) -> list[int] | None:
    """Numbers of the rows that were refused when a file was last read; None where all of its rows are new.

    All are, of a file that was never read, or of which nothing was, or which was refused whole.
    """
    last = connection.execute(
        """
        select source, batch_id, rows_read from ops.files
        where feed = ? and sha256 = ? order by loaded_at desc limit 1
        """,
        [feed, digest],
    ).fetchone()
    if last is None or last[2] == 0:
        return None
    found = connection.execute(
        "select source_row from raw.quarantine where feed = ? and source = ? and batch_id = ?",
        [feed, *last[:2]],
    ).fetchall()
    numbers = [number for (number,) in found]
    return None if None in numbers else numbers


def remember(connection: duckdb.DuckDBPyConnection, files: list[ReadFile], stamp: dict[str, object]) -> None:
    """Write the files of a batch, whose quarantine is stored already, into the log."""
    if not files:
        return
    connection.execute(
        f"""
        insert into ops.files
            (feed, sha256, source, batch_id, loaded_at, rows_read, rules_version, rows_quarantined)
        select read_files.feed, sha256, read_files.source, $batch_id, $loaded_at, rows_read, {RULES_VERSION},
            coalesce(row_count, 0)
        from (
            select unnest($feeds) as feed, unnest($digests) as sha256, unnest($sources) as source,
                unnest($row_counts) as rows_read
        ) as read_files
        left join (
            select feed, source, count(*) as row_count
            from raw.quarantine where batch_id = $batch_id group by all
        ) as refused on read_files.feed = refused.feed and read_files.source = refused.source
        """,
        {
            **stamp,
            "feeds": [read.file.feed for read in files],
            "digests": [read.digest for read in files],
            "sources": [read.file.source for read in files],
            "row_counts": [read.rows_read for read in files],
        },
    )
