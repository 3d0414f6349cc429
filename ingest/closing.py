"""What lies open in quarantine, and how it is closed: by rows and origins that came in good since, or by hand.

How rows come into quarantine is in `batch`.
"""

from collections.abc import Iterable
from datetime import datetime
from pathlib import PurePosixPath

import duckdb

from ingest.feeds import FEEDS
from ingest.origins import Origin

# A row of an erased lead is turned away for good: nobody has to look at it.
OPEN = "closed_at is null and reason <> 'erased'"


_CLOSE_PATH = f"""
update raw.quarantine set closed_at = $loaded_at
where row_key is null and {OPEN} and feed = $feed and source = $source and batch_id <> $batch_id
    and (feed, source) not in (
        select (feed, source) from raw.quarantine where batch_id = $batch_id and row_key is null
    )
"""
_CLOSE_SKIPPED = f"""
{_CLOSE_PATH}
    and batch_id not in (select batch_id from ops.files where feed = $feed and sha256 = $fingerprint)
    and not exists (
        select 1 from raw.quarantine as refused inner join ops.files as files
            on refused.feed = files.feed and refused.source = files.source and refused.batch_id = files.batch_id
        where files.feed = $feed and files.sha256 = $fingerprint
            and refused.row_key is null and refused.reason <> 'erased'
    )
"""


def close_good_keys(connection: duckdb.DuckDBPyConnection, feed: str, is_new: str, stamp: dict[str, object]) -> None:
    """Close the rows whose key the waiting rows bring in good; within the batch, only where they come after it.

    `is_new` is the condition that a waiting row was not accepted before. Only the batch's own keys are kept, and of
    them those that lie open.
    """
    key = FEEDS[feed].key
    connection.execute(
        f"""
        create or replace temp table good_keys as
        select {key} as row_key, max(row(_source, _source_row)) as place
        from staging.{feed} where _reason is null and {is_new} and {key} in (
            select row_key from raw.quarantine where feed = '{feed}' and row_key is not null and {OPEN}
        )
        group by {key}
        """
    )
    connection.execute(
        f"""
        update raw.quarantine set closed_at = $loaded_at from good_keys
        where feed = '{feed}' and quarantine.row_key = good_keys.row_key and {OPEN}
            and (batch_id <> $batch_id or row(source, source_row) < place)
        """,
        stamp,
    )


def close_read(
    connection: duckdb.DuckDBPyConnection, origins: Iterable[tuple[Origin, str]], stamp: dict[str, object]
) -> None:
    """Close what earlier batches left open of these origins, each with its fingerprint.

    One that was read once more answers for all of its rows; one that came in whole, no row without a key refused,
    answers for the rows without a key of all that had its name before.
    """
    listed = [(origin.feed, origin.source, fingerprint) for origin, fingerprint in origins]
    feeds, sources, fingerprints = ([row[place] for row in listed] for place in range(3))
    connection.execute(
        """
        create or replace temp table origins_read as
        select unnest($feeds::varchar[]) as feed, unnest($sources::varchar[]) as source,
            unnest($fingerprints::varchar[]) as fingerprint
        """,
        {"feeds": feeds, "sources": sources, "fingerprints": fingerprints},
    )
    connection.execute(
        f"""
        update raw.quarantine set closed_at = $loaded_at
        where {OPEN} and batch_id <> $batch_id and (
            (feed, source, batch_id) in (
                select files.feed, files.source, files.batch_id
                from ops.files as files inner join origins_read
                    on files.feed = origins_read.feed and files.sha256 = origins_read.fingerprint
            )
            or row_key is null and (feed, source) in (
                select feed, source from origins_read
                except
                select feed, source from raw.quarantine where batch_id = $batch_id and row_key is null and {OPEN}
            )
        )
        """,
        stamp,
    )


def close_seen(
    connection: duckdb.DuckDBPyConnection,
    skipped: Iterable[tuple[Origin, str]],
    listed: Iterable[Origin],
    stamp: dict[str, object],
) -> None:
    """Close what earlier batches left open of names at which there is no fault any more, though nothing is read again.

    Of an origin that is skipped, as the same was read whole before, the rows without a key; of a folder that could not
    be listed, once files below it are.
    """
    waiting = {
        tuple(row)
        for row in connection.execute(
            "select distinct feed, source from raw.quarantine "
            f"where row_key is null and batch_id <> $batch_id and {OPEN}",
            {"batch_id": stamp["batch_id"]},
        ).fetchall()
    }
    if not waiting:
        return
    for origin, fingerprint in skipped:
        name = {"feed": origin.feed, "source": origin.source}
        if tuple(name.values()) in waiting:
            connection.execute(_CLOSE_SKIPPED, {**stamp, **name, "fingerprint": fingerprint})
    folders = {(origin.feed, str(parent)) for origin in listed for parent in PurePosixPath(origin.source).parents}
    for feed, source in waiting & folders:
        connection.execute(_CLOSE_PATH, {**stamp, "feed": feed, "source": source})


def close_source(connection: duckdb.DuckDBPyConnection, source: str, feed: str | None, now: datetime) -> dict[str, int]:
    """Close what lies open of a source, by hand; the number of rows by feed."""
    connection.begin()
    closed = connection.execute(
        f"update raw.quarantine set closed_at = $now where source = $source and {OPEN} "
        "and feed = coalesce($feed, feed) returning feed",
        {"now": now, "source": source, "feed": feed},
    ).fetchall()
    connection.commit()
    return {name: sum(one == name for (one,) in closed) for name in FEEDS if (name,) in closed}
