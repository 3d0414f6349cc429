"""CSV records into rows of a table: the feed's columns, the others as one JSON object, and the record's own text.

What a header means is in `csv_header`; what the values mean is decided in `values`.
"""

from typing import NamedTuple

import pyarrow as pa

from ingest.csv_header import Header
from ingest.csv_records import Record, fields_of
from ingest.csv_relation import field_count_fault
from ingest.feeds import FEEDS
from ingest.staging import rows_table
from ingest.texts import json_string, trimmed


class Row(NamedTuple):
    """One row: its number, its text, and either what is wrong with it or its values and its further ones as JSON."""

    number: int
    text: str
    fault: str | None
    values: list[str] | None = None
    extra: str | None = None

    @property
    def size(self) -> int:
        """About the bytes that it takes."""
        return len(self.text) + len(self.extra or "")


class RowMaker:
    """How the records of a file with this header become rows."""

    def __init__(self, header: Header) -> None:
        self._header = header
        self._feed = FEEDS[header.feed]
        self._names = [name for name in self._feed.column_names if name in header.position]
        self._positions = [header.position[name] for name in self._names]
        self._extras = [(json_string(name), header.position[name]) for name in header.extras]

    def row(self, number: int, record: Record) -> Row:
        """The row that a record is."""
        fault = self._fault(record)
        if fault is not None:
            return Row(number, record.text, fault)
        values = [record.fields[position] for position in self._positions]
        return Row(number, record.text, None, values, self._extra(record.fields))

    def table(self, rows: list[Row]) -> pa.Table:
        """Rows without fault as staging takes them."""
        given = dict(zip(self._names, zip(*(row.values or [] for row in rows), strict=True), strict=False))
        absent = pa.nulls(len(rows), pa.large_string())
        texts = [given.get(name, absent) for name in self._feed.column_names]
        numbers, extras, own_texts = ([row[place] for row in rows] for place in (0, 4, 1))
        return rows_table(self._feed, texts, numbers, extras, own_texts)

    def _extra(self, fields: list[str]) -> str | None:
        texts = ((key, trimmed(fields[position])) for key, position in self._extras)
        members = [f"{key}:{json_string(text)}" for key, text in texts if text]
        return f"{{{','.join(members)}}}" if members else None

    def _fault(self, record: Record) -> str | None:
        header = self._header
        if record.fault is not None:
            return record.fault
        if header.doubled:
            return f"column {header.doubled[0]} is in the header more than once"
        counts = field_count_fault(len(record.fields), len(header.names))
        if counts is not None:
            return counts + (f": the file {header.kind}" if header.kind else _trace_of_one_cell(record, header))
        return None


def _trace_of_one_cell(record: Record, header: Header) -> str:
    """A spreadsheet that took a line for one cell puts all of it in quotes."""
    lacking = len(header.names) - len(record.fields)
    lines = [field for field in record.fields if field.count(",") >= lacking > 0 and len(field.splitlines()) == 1]
    if any(len(fields_of(line)) == lacking + 1 for line in lines):
        return f": one of them holds {lacking + 1} in quotes, as a spreadsheet saves a line that it took for one cell"
    return ""
