"""Faults of a seed's file that dbt would meet while parsing, without naming the file.

What a seed's cells may say is the affair of its YAML in `dbt_project/seeds`.
"""

import csv
import io
from pathlib import Path

from ingest.errors import RevloopError


def require_readable_seeds(project: Path) -> None:
    """RevloopError for a seed that is not UTF-8, or has a row with more values than its header."""
    for path in sorted(project.glob("seeds/**/*.csv")):
        rows = csv.reader(io.StringIO(_text(path), newline=""))
        header = next(rows, [])
        for number, row in enumerate((row for row in rows if row), start=1):
            if len(row) > len(header):
                raise RevloopError(
                    f"{path.name}, row {number} ({', '.join(row[:2])}): has {len(row)} values, the header has "
                    f"{len(header)}. Put quotes around a text with a comma."
                )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        row = path.read_bytes()[: error.start].count(b"\n")
        raise RevloopError(f"{path.name}, row {row}: is not UTF-8. Save the file as CSV UTF-8.") from error
