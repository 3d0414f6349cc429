"""A CSV file as a relation of DuckDB, and whether it read what a survey counted; and its data rows one by one.

Which files DuckDB may have is decided in `csv_survey` and by those who read them.
"""

import glob
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO

from ingest.csv_records import Record, records
from ingest.csv_survey import Survey
from ingest.files import LandedFile
from ingest.sql import literal


def relation(file: LandedFile, column_count: int, delimiter: str = ",") -> str:
    """SQL text of the file's rows: columns c0 and so on, texts all of them, and source_row."""
    columns = ", ".join(f"'c{index}': 'VARCHAR'" for index in range(column_count))
    path = literal(glob.escape(str(file.path)))
    compression = "gzip" if file.is_gzipped else "none"
    # Row numbers need the file's order, and quoted line ends a reader that guesses no start.
    return f"""(select *, row_number() over () as source_row from read_csv({path},
        auto_detect = false, header = true, delim = {literal(delimiter)}, quote = '"', escape = '"',
        columns = {{{columns}}}, strict_mode = true, null_padding = false, parallel = false,
        hive_partitioning = false, compression = '{compression}'))"""


def agrees(counted: Survey, row_count: int, column_count: int) -> bool:
    """Whether so many rows of so many columns are what the survey counted."""
    has_all_records = counted.records == row_count + 1
    return has_all_records and counted.separators == (column_count - 1) * counted.records


def data_rows(stream: BinaryIO, delimiter: str = ",", last: int | None = None) -> Iterator[tuple[int, Record]]:
    """The records below the header, numbered from 1, to the last one wanted."""
    return enumerate(islice(records(stream, delimiter), 1, None if last is None else last + 1), start=1)


def field_count_fault(count: int, expected: int) -> str | None:
    """What is wrong with a record of so many fields, None where the header has as many."""
    return None if count == expected else f"{count} field{'s' * (count > 1)} where the header has {expected}"
