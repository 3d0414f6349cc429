"""Open the DuckDB files that are not the store: publications, builds, the ledger. Always in UTC.

What is in them is known to the modules that open them.
"""

from pathlib import Path

import duckdb


def open_database(path: Path | str, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    """A connection whose timestamps are shown in UTC; use it in a `with`, so that the file is given back."""
    connection = duckdb.connect(path, read_only=read_only)
    connection.execute("set TimeZone = 'UTC'")
    return connection
