"""A CSV file into staging: which of two readers takes its rows, and how records become rows.

DuckDB reads what it reads exactly, Python's csv everything else; how text is split into records is in
`csv_records`, what a header means in `csv_header`, which files DuckDB may have in `csv_survey`.
"""

import glob
import json
from collections.abc import Iterator
from itertools import islice
from json.encoder import encode_basestring
from typing import BinaryIO

import duckdb
import pyarrow as pa

from ingest.bounded_lines import batches
from ingest.csv_header import Header, header_of
from ingest.csv_records import Record, fields_of, records
from ingest.csv_survey import Survey, survey
from ingest.feeds import FEEDS
from ingest.file_kinds import START_BYTES
from ingest.files import LandedFile, opened
from ingest.macros import WHITE_SPACE
from ingest.rows import Rows
from ingest.sql import Member, json_object, literal
from ingest.staging import Staging

_NumberedRecord = tuple[int, Record]
# Beyond so many, a block of rows of them all takes an engine of columns more memory than the rows' own text does.
_MOST_EXTRAS_IN_COLUMNS = 256


def load_csv(staging: Staging, file: LandedFile) -> list[str]:
    """Stage all rows of a CSV file; returns its columns that the feed does not know.

    Raises UnreadableFileError when its bytes cannot be read to their end, or are no text.
    """
    with opened(file) as stream:
        start = stream.read(START_BYTES)
    with opened(file) as stream:
        first, second = [*islice(records(stream), 2), None, None][:2]
    if first is None:
        return []
    header = header_of(file.feed, first, start)
    if first.fault is not None:
        staging.add_unparseable(file, [(None, f"the header: {first.fault}", first.text)])
        return []
    if second is None and header.lacks_all_required:
        staging.add_missing(file, [(None, f"{header.required[0]} {header.absent}", first.text)])
    elif not _load_by_duckdb(staging, file, header):
        _load_by_python(staging, file, header)
    return header.extras


def _rows(header: Header, relation: str, extra: str, raw: str) -> Rows:
    """Rows of a relation that names the file's columns c0, c1 and so on."""
    known = FEEDS[header.feed].column_names
    columns = {name: (f"c{header.position[name]}", "VARCHAR") for name in known if name in header.position}
    return Rows(relation, columns, extra, raw, header.absent)


def _extra_by_duckdb(header: Header) -> str:
    return json_object(Member(name, f"c{header.position[name]}") for name in header.extras)


def _load_by_duckdb(staging: Staging, file: LandedFile, header: Header) -> bool:
    """Whether DuckDB read the file, and read what the survey counted."""
    is_wide = len(header.extras) > _MOST_EXTRAS_IN_COLUMNS
    if len(header.names) < 2 or header.doubled or header.lacks_required or is_wide:
        return False
    with opened(file) as stream:
        counted = survey(stream)
    if not counted.is_plain:
        return False
    try:
        staging.add(file, _rows(header, _reader(file, header), _extra_by_duckdb(header), "null::varchar"))
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


def _reader(file: LandedFile, header: Header) -> str:
    columns = ", ".join(f"'c{index}': 'VARCHAR'" for index in range(len(header.names)))
    path = literal(glob.escape(str(file.path)))
    compression = "gzip" if file.is_gzipped else "none"
    # Row numbers need the file's order, and quoted line ends a reader that guesses no start.
    return f"""(select *, row_number() over () as source_row from read_csv({path},
        auto_detect = false, header = true, delim = ',', quote = '"', escape = '"',
        columns = {{{columns}}}, strict_mode = true, null_padding = false, parallel = false,
        hive_partitioning = false, compression = '{compression}'))"""


def _add_texts(staging: Staging, file: LandedFile) -> None:
    wanted = frozenset(staging.rows_without_text(file))
    if not wanted:
        return
    with opened(file) as stream:
        of_bad_rows = ((row, record) for row, record in _data_rows(stream, max(wanted)) if row in wanted)
        for batch in batches(of_bad_rows, _size):
            numbers, found = zip(*batch, strict=True)
            texts = [record.text for record in found]
            staging.add_texts(file, pa.table({"source_row": numbers, "raw_row": texts}))


def _data_rows(stream: BinaryIO, last: int | None = None) -> Iterator[_NumberedRecord]:
    return enumerate(islice(records(stream), 1, None if last is None else last + 1), start=1)


def _size(numbered: _NumberedRecord) -> int:
    return len(numbered[1].text)


def _load_by_python(staging: Staging, file: LandedFile, header: Header) -> None:
    table = _TableOfRows(header)
    with opened(file) as stream:
        for batch in batches(_data_rows(stream), _size):
            faulty = [(row, _fault(record, header), record.text) for row, record in batch]
            staging.add_unparseable(file, [fault for fault in faulty if fault[1] is not None])
            good = [entry for entry, fault in zip(batch, faulty, strict=True) if fault[1] is None]
            if good:
                staging.connection.register("csv_rows", table.of(good))
                staging.add(file, _rows(header, "csv_rows", table.extra, "raw_row"))
                staging.connection.unregister("csv_rows")


class _TableOfRows:
    """How records become a table: the feed's columns, and the others as columns or, where they are many, as JSON."""

    def __init__(self, header: Header) -> None:
        self._is_wide = len(header.extras) > _MOST_EXTRAS_IN_COLUMNS
        self._extras = [(json.dumps(name, ensure_ascii=False), header.position[name]) for name in header.extras]
        known = FEEDS[header.feed].column_names
        kept = [*(name for name in known if name in header.position), *(() if self._is_wide else header.extras)]
        self._positions = [header.position[name] for name in kept]
        self.extra = "extra" if self._is_wide else _extra_by_duckdb(header)

    def of(self, numbered: list[_NumberedRecord]) -> pa.Table:
        """The records as columns c0 and so on, source_row and raw_row, and extra where it is made here."""
        columns = {
            f"c{position}": pa.array([record.fields[position] for _, record in numbered], pa.string())
            for position in self._positions
        }
        columns["source_row"] = pa.array([row for row, _ in numbered], pa.int64())
        columns["raw_row"] = pa.array([record.text for _, record in numbered], pa.string())
        if self._is_wide:
            columns["extra"] = pa.array([self._extra_of(record.fields) for _, record in numbered], pa.string())
        return pa.table(columns)

    def _extra_of(self, fields: list[str]) -> str | None:
        texts = ((key, fields[position].strip(WHITE_SPACE)) for key, position in self._extras)
        members = [f"{key}:{encode_basestring(text)}" for key, text in texts if text]
        return f"{{{','.join(members)}}}" if members else None


def _fault(record: Record, header: Header) -> str | None:
    if record.fault is not None:
        return record.fault
    if header.doubled:
        return f"column {header.doubled[0]} is in the header more than once"
    if len(record.fields) != len(header.names):
        counts = f"{len(record.fields)} fields where the header has {len(header.names)}"
        return counts + (f": the file {header.kind}" if header.kind else _trace_of_one_cell(record, header))
    return None


def _trace_of_one_cell(record: Record, header: Header) -> str:
    """A spreadsheet that took a line for one cell puts all of it in quotes."""
    lacking = len(header.names) - len(record.fields)
    lines = [field for field in record.fields if field.count(",") >= lacking > 0 and len(field.splitlines()) == 1]
    if any(len(fields_of(line)) == lacking + 1 for line in lines):
        return f": one of them holds {lacking + 1} in quotes, as a spreadsheet saves a line that it took for one cell"
    return ""
