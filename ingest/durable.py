"""Files that are there whole or not at all, also after a power cut.

What is in them is known to the callers.
"""

import os
from pathlib import Path

import duckdb

from ingest.sql import identifier, literal


def sync(path: Path) -> None:
    """Make a file's bytes, or the names in a folder, survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def put_in_place(half_made: Path, target: Path) -> None:
    """Let a file that was written beside its place take it, from one moment to the next."""
    sync(half_made)
    half_made.replace(target)
    sync(target.parent)


def write_anew(
    connection: duckdb.DuckDBPyConnection, database: str, half_made: Path, storage_version: str | None = None
) -> None:
    """Write a whole database into another file: no free block of the copy keeps old bytes."""
    for leftover in (half_made, half_made.with_name(f"{half_made.name}.wal")):
        leftover.unlink(missing_ok=True)
    options = f" (storage_version {literal(storage_version)})" if storage_version else ""
    connection.execute(f"attach {literal(str(half_made))} as renewed{options}")
    connection.execute(f"copy from database {identifier(database)} to renewed")
    connection.execute("detach renewed")
