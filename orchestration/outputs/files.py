"""The sink that writes CSV files, each whole by temporary file and rename, safe to open in a spreadsheet.

Which rows a file holds is decided by the publication.
"""

from collections.abc import Iterator
from pathlib import Path

import duckdb

from ingest.durable import put_in_place
from ingest.sql import literal
from orchestration.outputs.sink import Plan, Receipt

# What a spreadsheet takes for the beginning of a formula, full-width forms included.
FORMULA = r"^[=+\-@\t\r\n\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}]"


class FilesSink:
    """Every output as a file of its own in one folder. It holds the whole output, so it heals itself."""

    name = "files"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def push(self, plan: Plan) -> Iterator[Receipt]:
        """Write the output's file anew; a file rejects no row."""
        self.folder.mkdir(parents=True, exist_ok=True)
        order = ", ".join(plan.output.key)
        query = f"select * exclude (row_hash) from published.outputs.{plan.output.table} order by {order}"
        write_csv(plan.connection, query, self.folder / f"{plan.output.name}.csv")
        yield Receipt(accepted=plan.keys())


def write_csv(connection: duckdb.DuckDBPyConnection, query: str, target: Path) -> None:
    """The rows of a query as CSV: there whole or not at all, no cell a formula, numbers left as they are."""
    half_made = target.with_name(f".{target.name}.tmp")
    found = connection.sql(query)
    cells = ", ".join(
        _harmless(name) if str(kind) == "VARCHAR" else f'"{name}"'
        for name, kind in zip(found.columns, found.types, strict=True)
    )
    try:
        connection.execute(f"copy (select {cells} from ({query})) to {literal(str(half_made))} (format csv, header)")
        put_in_place(half_made, target)
    finally:
        half_made.unlink(missing_ok=True)


def _harmless(column: str) -> str:
    """The cell with an apostrophe before what would be a formula; a text that is a number is none."""
    return (
        f'case when regexp_matches("{column}", {literal(FORMULA)}) '
        f'and try_cast("{column}" as double) is null '
        f'then \'\'\'\' || "{column}" else "{column}" end as "{column}"'
    )
