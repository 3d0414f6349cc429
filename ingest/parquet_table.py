"""A Parquet file as batches of texts: its columns' names, and its values as the texts that they count as.

What the names mean is known to whoever reads it.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet

from ingest.json_lines import DEEPEST_LEVEL
from ingest.origins import UnreadableError
from ingest.parquet_nests import texts_of
from ingest.parquet_values import Texts
from ingest.texts import json_string, trimmed

# Few, because a text that rows share is written once in the file and once a row in memory.
_ROWS_PER_BATCH = 2_048
_CELLS_PER_BATCH = 200_000
_BYTES_PER_BATCH = 16 * 2**20
_BUFFER_BYTES = 1 << 20
# A list takes two levels of a schema; what nests deeper no writer of tables makes.
_DEEPEST_SCHEMA = 4 * DEEPEST_LEVEL


@dataclass(frozen=True)
class ParquetTable:
    """A Parquet file that is open: its columns' names, trimmed, in the file's order."""

    parquet: pa.parquet.ParquetFile
    names: tuple[str, ...]
    doubled: str | None

    @property
    def row_count(self) -> int:
        """As the file tells it."""
        return self.parquet.metadata.num_rows

    def batches(self) -> Iterator[tuple[int, list[Texts]]]:
        """The number of each batch's first row, from 1, and the texts of its columns."""
        first = 1
        for batch in self.parquet.iter_batches(self._rows_per_batch(), use_threads=False):
            yield first, [texts_of(column) for column in batch.columns]
            first += batch.num_rows
        if first != self.row_count + 1:
            raise UnreadableError(f"tells of {self.row_count} rows and holds {first - 1}")

    def raw_rows(self, columns: Sequence[Texts], rows: Sequence[int]) -> list[str | None]:
        """Rows of a batch as JSON objects of what is not NULL."""
        if not rows:
            return []
        members = [(json_string(name), texts.fragments()) for name, texts in zip(self.names, columns, strict=True)]
        return [row_object(members, row) or "{}" for row in rows]

    def _rows_per_batch(self) -> int:
        groups = [self.parquet.metadata.row_group(index) for index in range(self.parquet.num_row_groups)]
        widest = max((group.total_byte_size // max(group.num_rows, 1) for group in groups), default=0)
        cells, size = _CELLS_PER_BATCH // max(len(self.names), 1), _BYTES_PER_BATCH // max(widest, 1)
        return max(1, min(_ROWS_PER_BATCH, cells, size))


def open_table(stream: BinaryIO) -> ParquetTable:
    """The table that a stream of bytes is."""
    stream.seek(0)
    parquet = pa.parquet.ParquetFile(
        stream, buffer_size=_BUFFER_BYTES, page_checksum_verification=True, schema_depth_limit=_DEEPEST_SCHEMA
    )
    given = [trimmed(name) for name in parquet.schema_arrow.names]
    doubled = min((name for name, count in Counter(given).items() if name and count > 1), default=None)
    names = tuple(name or f"column_{place}" for place, name in enumerate(given, start=1))
    return ParquetTable(parquet, names, doubled)


def row_object(members: list[tuple[str, list[str | None]]], row: int) -> str | None:
    """The JSON object of a row's members, each a key and the JSON of its values; None without any."""
    texts = [f"{key}:{text}" for key, fragments in members if (text := fragments[row]) is not None]
    return f"{{{','.join(texts)}}}" if texts else None
