"""A CSV file into staging: which of two readers takes its rows, and how records become rows.

DuckDB reads what it reads exactly, Python's csv everything else; how text is split into records is in
`csv_records`, what a header means in `csv_header`, which files DuckDB may have in `csv_survey`.
"""

from itertools import islice

import duckdb
import pyarrow as pa

from ingest.bounded_lines import batches
from ingest.csv_header import Header, header_of
from ingest.csv_records import records
from ingest.csv_relation import agrees, data_rows, relation
from ingest.csv_rows import RowMaker
from ingest.csv_survey import survey
from ingest.feeds import FEEDS
from ingest.file_kinds import START_BYTES
from ingest.files import LandedFile, opened
from ingest.rows import Rows
from ingest.sql import json_object
from ingest.staging import Staging

# Beyond so many, a block of rows of them all takes an engine of columns more memory than the rows' own text does.
_MOST_EXTRAS_OF_DUCKDB = 256
_SMALL_BYTES = 1 << 18


def load_csv(staging: Staging, file: LandedFile) -> list[str]:
    """Stage all rows of a CSV file; returns its columns that the feed does not know.

    Raises UnreadableError when its bytes cannot be read to their end, or are no text.
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


def _load_by_duckdb(staging: Staging, file: LandedFile, header: Header) -> bool:
    """Whether DuckDB read the file, and read what the survey counted."""
    is_wide = len(header.extras) > _MOST_EXTRAS_OF_DUCKDB
    if is_wide or len(header.names) < 2 or header.doubled or header.lacks_required or _is_small(file):
        return False
    with opened(file) as stream:
        counted = survey(stream)
    if not counted.is_plain:
        return False
    try:
        staging.add(file, Rows(relation(file, len(header.names)), *_expressions(header), "null::varchar"))
    except (duckdb.OutOfMemoryException, duckdb.FatalException):
        raise
    except duckdb.Error:
        staging.forget(file)
        return False
    if not agrees(counted, staging.count(file), len(header.names)):
        staging.forget(file)
        return False
    _add_texts(staging, file)
    return True


def _is_small(file: LandedFile) -> bool:
    """Whether the engine's planning costs more than the reading, which small files share among them."""
    return file.path.stat().st_size < _SMALL_BYTES


def _expressions(header: Header) -> tuple[dict[str, str], str]:
    """The feed's columns, and the JSON of the others, in a relation that names the file's columns c0 and so on."""
    place = {name: f"c{index}" for name, index in header.position.items()}
    columns = {name: place[name] for name in FEEDS[header.feed].column_names if name in place}
    return columns, json_object((name, place[name]) for name in header.extras)


def _add_texts(staging: Staging, file: LandedFile) -> None:
    wanted = frozenset(staging.rows_without_text(file))
    if not wanted:
        return
    with opened(file) as stream:
        of_bad_rows = ((row, record) for row, record in data_rows(stream, last=max(wanted)) if row in wanted)
        for batch in batches(of_bad_rows, lambda numbered: len(numbered[1].text)):
            numbers, found = zip(*batch, strict=True)
            texts = [record.text for record in found]
            staging.add_texts(file, pa.table({"source_row": numbers, "raw_row": texts}))


def _load_by_python(staging: Staging, file: LandedFile, header: Header) -> None:
    maker = RowMaker(header)
    with opened(file) as stream:
        rows = (maker.row(number, record) for number, record in data_rows(stream))
        for batch in batches(rows, lambda row: row.size):
            staging.add_unparseable(file, [(row.number, row.fault, row.text) for row in batch if row.fault])
            good = [row for row in batch if not row.fault]
            if good:
                staging.add_rows(file, header.names, maker.table(good), header.absent)
