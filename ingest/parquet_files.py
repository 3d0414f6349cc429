"""A Parquet file into staging: columns by their exact names, typed values as the texts that they count as.

What a value counts as by its type is decided in `parquet_values` and `parquet_nests`, what its text means in `values`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from ingest.feeds import FEEDS, Feed
from ingest.files import LandedFile, opened
from ingest.origins import UnreadableError
from ingest.parquet_table import ParquetTable, open_table, row_object
from ingest.parquet_values import ENDLESS, Texts
from ingest.sql import one_line
from ingest.staging import Staging, rows_table
from ingest.texts import json_string

# Of so many rows each brings its own text; of more, the bad ones' texts are read once more.
_ROWS_WITH_TEXT = 1_000


@dataclass(frozen=True)
class _Source:
    """A feed's Parquet file that is open."""

    table: ParquetTable
    feed: Feed

    @property
    def names(self) -> tuple[str, ...]:
        return self.table.names

    @property
    def extras(self) -> list[str]:
        return sorted(set(self.names) - set(self.feed.column_names))

    @property
    def lacks_required(self) -> list[str]:
        required = [column.name for column in self.feed.columns if column.required]
        return [] if set(required) & set(self.names) else required


def load_parquet(staging: Staging, file: LandedFile) -> list[str]:
    """Stage all rows of a Parquet file; returns its columns that the feed does not know.

    Raises UnreadableError when it cannot be read to its end; want of memory is no fault of the file.
    """
    with opened(file) as stream:
        if not stream.read(1):
            return []
        try:
            source = _Source(open_table(stream), FEEDS[file.feed])
            return _load(staging, file, source)
        except pa.ArrowMemoryError:
            raise
        except (OSError, UnicodeDecodeError, pa.ArrowException) as error:
            raise UnreadableError(f"cannot be read as Parquet: {one_line(error)}") from error


def _load(staging: Staging, file: LandedFile, source: _Source) -> list[str]:
    if not source.names or (source.lacks_required and not source.table.row_count):
        lacking = f"{', '.join(source.lacks_required)} are no columns of the file"
        staging.add_missing(file, [(None, lacking, None)])
        return source.extras
    has_own_texts = source.table.row_count <= _ROWS_WITH_TEXT
    for first, columns in source.table.batches():
        faults = _faults(source, columns)
        rows = range(len(columns[0].values))
        bad = sorted(faults)
        texts = dict(zip(bad, source.table.raw_rows(columns, bad), strict=True))
        staging.add_unparseable(
            file, [(first + row, faults[row], texts[row]) for row in bad], keys=_keys(source, columns, first, bad)
        )
        good = [row for row in rows if row not in faults]
        if good:
            raw = source.table.raw_rows(columns, good) if has_own_texts else [None] * len(good)
            staging.add_rows(file, source.names, _table(source, columns, first, good, raw))
    if not has_own_texts:
        _add_texts(staging, file, source)
    return [] if source.table.doubled else source.extras


def _faults(source: _Source, columns: Sequence[Texts]) -> dict[int, str]:
    """Why rows cannot be told apart into a feed's columns, the first reason of each."""
    if source.table.doubled is not None:
        return dict.fromkeys(
            range(len(columns[0].values)), f"column {source.table.doubled} is in the file more than once"
        )
    position = {name: index for index, name in enumerate(source.names)}
    faults: dict[int, str] = {}
    for column in source.feed.columns:
        if column.name not in position:
            continue
        texts = columns[position[column.name]]
        for row, why in texts.faults.items():
            if not (column.may_never_come and texts.values[row].as_py() == ENDLESS):
                faults.setdefault(row, f"{column.name} {why}")
    return faults


def _keys(source: _Source, columns: Sequence[Texts], first: int, rows: list[int]) -> dict[int, str | None]:
    """The keys of rows by their numbers, where the file has one column for them."""
    if source.names.count(source.feed.key) != 1:
        return {}
    texts = columns[source.names.index(source.feed.key)].values
    return {first + row: texts[row].as_py() for row in rows}


def _table(source: _Source, columns: Sequence[Texts], first: int, rows: list[int], raw: list[str | None]) -> pa.Table:
    """Good rows as staging takes them."""
    by_name = dict(zip(source.names, columns, strict=True))
    is_all = len(rows) == len(columns[0].values)
    absent = pa.nulls(len(rows), pa.large_string())
    given = [
        (by_name[name].values if is_all else by_name[name].values.take(rows)) if name in by_name else absent
        for name in source.feed.column_names
    ]
    extras = [(json_string(name), by_name[name].fragments(is_trimmed=True)) for name in source.extras]
    numbers = pa.array([first + row for row in rows], pa.int64())
    further = [row_object(extras, row) for row in rows] if extras else [None] * len(rows)
    return rows_table(source.feed, given, numbers, further, raw)


def _add_texts(staging: Staging, file: LandedFile, source: _Source) -> None:
    wanted = staging.rows_without_text(file)
    if not wanted:
        return
    position = 0
    for first, columns in source.table.batches():
        end = first + len(columns[0].values)
        rows: list[Any] = []
        while position < len(wanted) and wanted[position] < end:
            rows.append(wanted[position] - first)
            position += 1
        if rows:
            numbers = [first + row for row in rows]
            staging.add_texts(file, pa.table({"source_row": numbers, "raw_row": source.table.raw_rows(columns, rows)}))
