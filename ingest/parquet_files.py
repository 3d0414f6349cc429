"""A Parquet file into staging: columns by their exact names, typed values as the texts that they count as.

What a value counts as by its type is decided in `parquet_values` and `parquet_nests`, what its text means in `values`.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet

from ingest.feeds import FEEDS, Feed
from ingest.files import LandedFile, opened
from ingest.json_lines import DEEPEST_LEVEL
from ingest.origins import UnreadableError
from ingest.parquet_nests import texts_of
from ingest.parquet_values import ENDLESS, Texts
from ingest.sql import one_line
from ingest.staging import Staging, rows_table
from ingest.texts import json_string, trimmed

# Few, because a text that rows share is written once in the file and once a row in memory.
_ROWS_PER_BATCH = 2_048
_CELLS_PER_BATCH = 200_000
_BYTES_PER_BATCH = 16 * 2**20
_BUFFER_BYTES = 1 << 20
# A list takes two levels of a schema; what nests deeper no writer of tables makes.
_DEEPEST_SCHEMA = 4 * DEEPEST_LEVEL
# Of so many rows each brings its own text; of more, the bad ones' texts are read once more.
_ROWS_WITH_TEXT = 1_000


@dataclass(frozen=True)
class _Source:
    """A Parquet file that is open: its columns' names, trimmed, in the file's order."""

    parquet: pa.parquet.ParquetFile
    feed: Feed
    names: tuple[str, ...]
    doubled: str | None

    @property
    def row_count(self) -> int:
        return self.parquet.metadata.num_rows

    @property
    def extras(self) -> list[str]:
        return sorted(set(self.names) - set(self.feed.column_names))

    @property
    def lacks_required(self) -> list[str]:
        required = [column.name for column in self.feed.columns if column.required]
        return [] if set(required) & set(self.names) else required

    def batches(self) -> Iterator[tuple[int, list[Texts]]]:
        """The number of each batch's first row, from 1, and the texts of its columns."""
        first = 1
        for batch in self.parquet.iter_batches(self._rows_per_batch(), use_threads=False):
            yield first, [texts_of(column) for column in batch.columns]
            first += batch.num_rows
        if first != self.row_count + 1:
            raise UnreadableError(f"tells of {self.row_count} rows and holds {first - 1}")

    def _rows_per_batch(self) -> int:
        groups = [self.parquet.metadata.row_group(index) for index in range(self.parquet.num_row_groups)]
        widest = max((group.total_byte_size // max(group.num_rows, 1) for group in groups), default=0)
        cells, size = _CELLS_PER_BATCH // max(len(self.names), 1), _BYTES_PER_BATCH // max(widest, 1)
        return max(1, min(_ROWS_PER_BATCH, cells, size))


def load_parquet(staging: Staging, file: LandedFile) -> list[str]:
    """Stage all rows of a Parquet file; returns its columns that the feed does not know.

    Raises UnreadableError when it cannot be read to its end; want of memory is no fault of the file.
    """
    with opened(file) as stream:
        if not stream.read(1):
            return []
        try:
            source = _source(FEEDS[file.feed], stream)
            return _load(staging, file, source)
        except pa.ArrowMemoryError:
            raise
        except (OSError, UnicodeDecodeError, pa.ArrowException) as error:
            raise UnreadableError(f"cannot be read as Parquet: {one_line(error)}") from error


def _source(feed: Feed, stream: BinaryIO) -> _Source:
    stream.seek(0)
    parquet = pa.parquet.ParquetFile(
        stream, buffer_size=_BUFFER_BYTES, page_checksum_verification=True, schema_depth_limit=_DEEPEST_SCHEMA
    )
    given = [trimmed(name) for name in parquet.schema_arrow.names]
    doubled = min((name for name, count in Counter(given).items() if name and count > 1), default=None)
    names = tuple(name or f"column_{place}" for place, name in enumerate(given, start=1))
    return _Source(parquet, feed, names, doubled)


def _load(staging: Staging, file: LandedFile, source: _Source) -> list[str]:
    if not source.names or (source.lacks_required and not source.row_count):
        lacking = f"{', '.join(source.lacks_required)} are no columns of the file"
        staging.add_missing(file, [(None, lacking, None)])
        return source.extras
    has_own_texts = source.row_count <= _ROWS_WITH_TEXT
    for first, columns in source.batches():
        faults = _faults(source, columns)
        rows = range(len(columns[0].values))
        bad = sorted(faults)
        texts = dict(zip(bad, _raw_rows(source, columns, bad), strict=True))
        staging.add_unparseable(
            file, [(first + row, faults[row], texts[row]) for row in bad], keys=_keys(source, columns, first, bad)
        )
        good = [row for row in rows if row not in faults]
        if good:
            raw = _raw_rows(source, columns, good) if has_own_texts else [None] * len(good)
            staging.add_rows(file, source.names, _table(source, columns, first, good, raw))
    if not has_own_texts:
        _add_texts(staging, file, source)
    return [] if source.doubled else source.extras


def _faults(source: _Source, columns: Sequence[Texts]) -> dict[int, str]:
    """Why rows cannot be told apart into a feed's columns, the first reason of each."""
    if source.doubled is not None:
        return dict.fromkeys(range(len(columns[0].values)), f"column {source.doubled} is in the file more than once")
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
    further = [_json_object(extras, row) for row in rows] if extras else [None] * len(rows)
    return rows_table(source.feed, given, numbers, further, raw)


def _raw_rows(source: _Source, columns: Sequence[Texts], rows: Sequence[int]) -> list[str | None]:
    """Rows as JSON objects of what is not NULL."""
    if not rows:
        return []
    members = [(json_string(name), texts.fragments()) for name, texts in zip(source.names, columns, strict=True)]
    return [_json_object(members, row) or "{}" for row in rows]


def _json_object(members: list[tuple[str, list[str | None]]], row: int) -> str | None:
    texts = [f"{key}:{text}" for key, fragments in members if (text := fragments[row]) is not None]
    return f"{{{','.join(texts)}}}" if texts else None


def _add_texts(staging: Staging, file: LandedFile, source: _Source) -> None:
    wanted = staging.rows_without_text(file)
    if not wanted:
        return
    position = 0
    for first, columns in source.batches():
        end = first + len(columns[0].values)
        rows: list[Any] = []
        while position < len(wanted) and wanted[position] < end:
            rows.append(wanted[position] - first)
            position += 1
        if rows:
            numbers = [first + row for row in rows]
            staging.add_texts(file, pa.table({"source_row": numbers, "raw_row": _raw_rows(source, columns, rows)}))
