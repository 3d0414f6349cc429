"""A build written anew where it has grown: what dbt makes anew stands beside what it replaces, whose blocks stay free.

When a build is published, and as what, is said in `publication`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from ingest.durable import write_anew
from ingest.sql import literal
from orchestration.publication import STORAGE_VERSION

# A publication is at most 1.3 times what a whole rebuild would publish; used blocks are some per cent more than a
# rebuild uses. A copy of a large build costs a fifth of its night, so less than that is let be.
MOST_BLOCKS_BY_USED = 1.25
BLOCKS = "select total_blocks, used_blocks from pragma_database_size() where database_name = 'build'"


@contextmanager
def packed(build: Path, folder: Path, memory_limit: str) -> Iterator[Path]:
    """The build if it has hardly grown, else a copy without its free blocks, for as long as it is needed."""
    copy = folder / f"packed-{build.name}"
    try:
        with duckdb.connect(config={"memory_limit": memory_limit, "temp_directory": str(folder)}) as connection:
            connection.execute(f"attach {literal(str(build))} as build (read_only)")
            has_grown = _has_grown(connection)
            if has_grown:
                write_anew(connection, "build", copy, STORAGE_VERSION)
        yield copy if has_grown else build
    finally:
        copy.unlink(missing_ok=True)


def _has_grown(connection: duckdb.DuckDBPyConnection) -> bool:
    [(total, used)] = connection.execute(BLOCKS).fetchall()
    return total > MOST_BLOCKS_BY_USED * used
