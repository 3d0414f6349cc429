"""CSV records into rows of a table: the feed's columns, the others as one JSON object, and the record's own text.

What a header means is in `csv_header`; what the values mean is decided in `values`.
"""

from json.encoder import encode_basestring
from typing import NamedTuple

import pyarrow as pa

from ingest.csv_header import Header
from ingest.csv_records import Record, fields_of
from ingest.feeds import FEEDS
from ingest.texts import trimmed

# As the engine spells them, so that a row says the same whichever reader took it.
_ESCAPES = {code: f"\\u{code:04X}" for code in range(32)} | {
    ord(character): f"\\{letter}" for character, letter in zip('\b\t\n\f\r"\\', 'btnfr"\\', strict=True)
}


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
        self._positions = [header.position[name] for name in FEEDS[header.feed].column_names if name in header.position]
        self._extras = [(json_string(name), header.position[name]) for name in header.extras]

    def row(self, number: int, record: Record) -> Row:
        """The row that a record is."""
        fault = self._fault(record)
        if fault is not None:
            return Row(number, record.text, fault)
        values = [record.fields[position] for position in self._positions]
        return Row(number, record.text, None, values, self._extra(record.fields))

    def table(self, rows: list[Row]) -> pa.Table:
        """Rows without fault as columns c0 and so on, by their place in the file, source_row, extra and raw_row."""
        columns = zip(*(row.values or [] for row in rows), strict=True)
        texts = {f"c{place}": column for place, column in zip(self._positions, columns, strict=False)}
        texts |= {"extra": tuple(row.extra for row in rows), "raw_row": tuple(row.text for row in rows)}
        arrays = {name: pa.array(column, pa.string()) for name, column in texts.items()}
        return pa.table({"source_row": pa.array([row.number for row in rows], pa.int64()), **arrays})

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
        if len(record.fields) != len(header.names):
            count = len(record.fields)
            counts = f"{count} field{'s' * (count > 1)} where the header has {len(header.names)}"
            return counts + (f": the file {header.kind}" if header.kind else _trace_of_one_cell(record, header))
        return None


def json_string(text: str) -> str:
    """A text as JSON."""
    return encode_basestring(text) if text.isprintable() else f'"{text.translate(_ESCAPES)}"'


def _trace_of_one_cell(record: Record, header: Header) -> str:
    """A spreadsheet that took a line for one cell puts all of it in quotes."""
    lacking = len(header.names) - len(record.fields)
    lines = [field for field in record.fields if field.count(",") >= lacking > 0 and len(field.splitlines()) == 1]
    if any(len(fields_of(line)) == lacking + 1 for line in lines):
        return f": one of them holds {lacking + 1} in quotes, as a spreadsheet saves a line that it took for one cell"
    return ""
