"""A CSV file into staging: what its header means, and which of two readers takes its rows.

DuckDB reads what it reads exactly, Python's csv everything else; how text is split into
records is in `csv_records`, which files DuckDB may have in `csv_survey`.
"""

import glob
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import duckdb
import pyarrow as pa

from ingest.csv_records import Record, records
from ingest.csv_survey import Survey, survey
from ingest.feeds import FEEDS
from ingest.files import LandedFile, opened
from ingest.rows import Rows
from ingest.sql import Member, json_object, literal
from ingest.staging import Staging

_ROWS_PER_BATCH = 20_000
_TEXT_PER_BATCH = 32_000_000


@dataclass(frozen=True)
class _Header:
    feed: str
    names: tuple[str, ...]

    @property
    def doubled(self) -> list[str]:
        return sorted(name for name, count in Counter(self.names).items() if count > 1)

    @property
    def extras(self) -> list[str]:
        return sorted(set(self.names) - set(FEEDS[self.feed].column_names))

    @property
    def lacks_required(self) -> bool:
        required = {column.name for column in FEEDS[self.feed].columns if column.required}
        return not required <= set(self.names)

    def rows(self, relation: str, raw: str) -> Rows:
        """Rows of a relation that names the file's columns c0, c1 and so on."""
        position = {name: f"c{index}" for index, name in enumerate(self.names)}
        known = FEEDS[self.feed].column_names
        columns = {name: (position[name], "VARCHAR") for name in known if name in position}
        extra = json_object(Member(name, position[name]) for name in self.extras)
        return Rows(relation, columns, extra, raw)


def load_csv(staging: Staging, file: LandedFile) -> list[str]:
    """Stage all rows of a CSV file; returns its columns that the feed does not know.

    Raises UnreadableFileError when its bytes cannot be read to their end.
    """
    with opened(file) as stream:
        first = next(records(stream), None)
    if first is None:
        return []
    if first.fault == "a quote is not closed":
        staging.add_unparseable(file, [(1, f"the header: {first.fault}", first.text)])
        return []
    header = _Header(file.feed, tuple(name.strip() for name in first.fields))
    if not _load_by_duckdb(staging, file, header):
        _load_by_python(staging, file, header)
    return header.extras


def _load_by_duckdb(staging: Staging, file: LandedFile, header: _Header) -> bool:
    """Whether DuckDB read the file, and read what the survey counted."""
    if len(header.names) < 2 or header.doubled or header.lacks_required:
        return False
    with opened(file) as stream:
        counted = survey(stream)
    if not counted.is_plain:
        return False
    try:
        staging.add(file, header.rows(_reader(file, header), "null::varchar"))
    except duckdb.OutOfMemoryException:
        raise
    except (duckdb.InvalidInputException, duckdb.IOException):
        staging.forget(file)
        return False
    if not _agrees(counted, staging.count(file), len(header.names)):
        staging.forget(file)
        return False
    _add_texts(staging, file)
    return True


def _agrees(counted: Survey, row_count: int, column_count: int) -> bool:
    has_all_records = counted.records == row_count + 1
    return has_all_records and counted.separators == (column_count - 1) * counted.records


def _reader(file: LandedFile, header: _Header) -> str:
    columns = ", ".join(f"'c{index}': 'VARCHAR'" for index in range(len(header.names)))
    path = literal(glob.escape(str(file.path)))
    compression = "gzip" if file.is_gzipped else "none"
    # Row numbers need the file's order, and quoted line ends a reader that guesses no start.
    return f"""(select *, row_number() over () as source_row from read_csv({path},
        auto_detect = false, header = true, delim = ',', quote = '"', escape = '"',
        columns = {{{columns}}}, strict_mode = true, null_padding = false, parallel = false,
        hive_partitioning = false, compression = '{compression}'))"""


def _add_texts(staging: Staging, file: LandedFile) -> None:
    wanted = iter(staging.rows_without_text(file))
    number = next(wanted, None)
    if number is None:
        return
    numbers, texts = [], []
    with opened(file) as stream:
        for row, record in enumerate(islice(records(stream), 1, None), start=1):
            if row == number:
                numbers.append(row)
                texts.append(record.text)
                number = next(wanted, None)
            if number is None:
                break
    staging.add_texts(file, pa.table({"source_row": numbers, "raw_row": texts}))


def _load_by_python(staging: Staging, file: LandedFile, header: _Header) -> None:
    schema = pa.schema(
        [(f"c{index}", pa.string()) for index in range(len(header.names))]
        + [("source_row", pa.int64()), ("raw_row", pa.string())]
    )
    with opened(file) as stream:
        for batch in _batches(enumerate(islice(records(stream), 1, None), start=1)):
            faulty = [(row, *_fault(record, header)) for row, record in batch]
            staging.add_unparseable(file, [fault for fault in faulty if fault[1] is not None])
            good = [entry for entry, fault in zip(batch, faulty, strict=True) if fault[1] is None]
            if not good:
                continue
            fields = zip(*(record.fields for _, record in good), strict=True)
            numbers = [row for row, _ in good]
            texts = [record.text for _, record in good]
            rows = pa.Table.from_arrays(
                [pa.array(c, t) for c, t in zip([*fields, numbers, texts], schema.types, strict=True)],
                schema=schema,
            )
            staging.connection.register("csv_rows", rows)
            staging.add(file, header.rows("csv_rows", "raw_row"))
            staging.connection.unregister("csv_rows")


def _fault(record: Record, header: _Header) -> tuple[str | None, str]:
    if record.fault is not None:
        return record.fault, record.text
    if header.doubled:
        return f"column {header.doubled[0]} is in the header more than once", record.text
    if len(record.fields) != len(header.names):
        counts = f"{len(record.fields)} fields where the header has {len(header.names)}"
        return counts, record.text
    return None, record.text


def _batches(
    numbered: Iterator[tuple[int, Record]],
) -> Iterator[list[tuple[int, Record]]]:
    batch, size = [], 0
    for row, record in numbered:
        batch.append((row, record))
        size += len(record.text)
        if len(batch) >= _ROWS_PER_BATCH or size >= _TEXT_PER_BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
