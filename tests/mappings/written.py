"""How the exports are written down: each a table of one CRM, in that CRM's own spelling of times and texts."""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

Row = Mapping[str, object]
Export = dict[str, list[Row]]


def write(folder: Path, exports: Export, *, delimiter: str = ",", quoting: int = csv.QUOTE_ALL) -> None:
    """Write each export into the folder; its columns are those of its first row."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in exports.items():
        write_rows(folder / name, rows, delimiter=delimiter, quoting=quoting)


def write_rows(path: Path, rows: Iterable[Row], *, delimiter: str = ",", quoting: int = csv.QUOTE_ALL) -> None:
    """Write one export."""
    rows = list(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter, quoting=quoting)
        writer.writeheader()
        writer.writerows(rows)
