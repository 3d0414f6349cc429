"""A source's file as a table of texts: its wanted columns, trimmed, and its rows numbered from 1.

Text files come here in UTF-8 with their delimiter known. What the columns mean is known to the rules.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from ingest.bounded_lines import TOO_LONG, batches, beginning, lines
from ingest.csv_relation import agrees, data_rows, field_count_fault, relation
from ingest.csv_survey import survey
from ingest.file_kinds import refuse_binary
from ingest.files import LandedFile, opened
from ingest.json_lines import LineError, is_number, members_of, value_text
from ingest.mapped.names import Wanted
from ingest.mapped.text_files import first_records, none_known
from ingest.mapped.workbook_cells import typed_number
from ingest.mapped.workbooks import sheet_rows
from ingest.origins import UnreadableError
from ingest.parquet_table import open_table
from ingest.parquet_values import Texts
from ingest.sql import one_line, single_value
from ingest.texts import json_string, trimmed

# An engine of columns takes memory for each of them, wanted or not.
_MOST_COLUMNS_OF_DUCKDB = 2_000
_SMALL_BYTES = 1 << 18

Fault = tuple[int, str, str | None]


@dataclass
class SourceTable:
    """A file's rows in the table `name`: source_row, and c0 and so on, the texts of the columns of `headers`.

    `unused` are its other columns, `doubled` those that stand more than once, `unread` further sheets that have rows,
    `faults` the rows that could not be told apart: number, cause, own text.
    """

    name: str
    headers: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    rows: int = 0

    @property
    def all_rows(self) -> int:
        """Rows of the file, good or bad."""
        return self.rows + len(self.faults)


class SourceFile(Protocol):
    """A file in one of the formats."""

    def load(self, connection: duckdb.DuckDBPyConnection, table: SourceTable, wanted: Wanted) -> None:
        """Fill a table with the wanted columns; UnreadableError where the file cannot be read to its end."""
        ...

    def texts(self, rows: frozenset[int]) -> Iterator[tuple[int, str]]:
        """The own texts of these rows."""
        ...


def create(connection: duckdb.DuckDBPyConnection, table: SourceTable, headers: Sequence[str], wanted: Wanted) -> None:
    """Make a table for the wanted ones of a file's columns; UnreadableError where none is, or one stands twice."""
    doubled = wanted.doubled(headers)
    if doubled is not None:
        raise UnreadableError(f"cannot be read: column {doubled} is in the header more than once")
    table.headers = [headers[place] for place in wanted.among(headers)]
    table.unused = sorted({header for header in headers if header not in wanted})
    table.doubled = [header for header, count in Counter(headers).items() if count > 1]
    if headers and not table.headers:
        raise UnreadableError(none_known(", ".join(headers)))
    columns = "".join(f", c{index} varchar" for index in range(len(table.headers)))
    connection.execute(f"create or replace temp table {table.name} (source_row bigint{columns})")


@dataclass(frozen=True)
class CsvSource:
    """CSV in UTF-8."""

    file: LandedFile
    delimiter: str

    def load(self, connection: duckdb.DuckDBPyConnection, table: SourceTable, wanted: Wanted) -> None:
        found = first_records(self.file, self.delimiter, 1)
        if not found:
            create(connection, table, [], wanted)
            return
        if found[0].fault is not None:
            raise UnreadableError(f"cannot be read: the header {found[0].fault}")
        headers = _named([trimmed(name) for name in found[0].fields])
        create(connection, table, headers, wanted)
        if not self._load_by_duckdb(connection, table, headers, wanted):
            self._load_by_python(connection, table, headers, wanted)

    def texts(self, rows: frozenset[int]) -> Iterator[tuple[int, str]]:
        with opened(self.file) as stream:
            for number, record in data_rows(stream, self.delimiter, max(rows)):
                if number in rows:
                    yield number, record.text

    def _load_by_duckdb(
        self, connection: duckdb.DuckDBPyConnection, table: SourceTable, headers: list[str], wanted: Wanted
    ) -> bool:
        """Whether DuckDB read the file, and read what the survey counted."""
        if not 2 <= len(headers) <= _MOST_COLUMNS_OF_DUCKDB or self.file.path.stat().st_size < _SMALL_BYTES:
            return False
        with opened(self.file) as stream:
            counted = survey(stream, self.delimiter)
        if not counted.is_plain:
            return False
        texts = ", ".join(f"clean_text(c{place})" for place in wanted.among(headers))
        rows = relation(self.file, len(headers), self.delimiter)
        try:
            count = single_value(connection, f"insert into {table.name} select source_row, {texts} from {rows}")
        except (duckdb.OutOfMemoryException, duckdb.FatalException):
            raise
        except duckdb.Error:
            count = -1
        if not agrees(counted, count, len(headers)):
            connection.execute(f"truncate {table.name}")
            return False
        table.rows = count
        return True

    def _load_by_python(
        self, connection: duckdb.DuckDBPyConnection, table: SourceTable, headers: list[str], wanted: Wanted
    ) -> None:
        places = wanted.among(headers)
        with opened(self.file) as stream:
            for batch in batches(data_rows(stream, self.delimiter), lambda numbered: len(numbered[1].text)):
                good: list[tuple[int, list[str | None]]] = []
                for number, record in batch:
                    fault = record.fault or field_count_fault(len(record.fields), len(headers))
                    if fault is not None:
                        table.faults.append((number, fault, record.text))
                    else:
                        good.append((number, [record.fields[place] for place in places]))
                _insert(connection, table, good)


@dataclass(frozen=True)
class JsonSource:
    """One JSON object a line; its columns are the keys of all lines."""

    file: LandedFile

    def load(self, connection: duckdb.DuckDBPyConnection, table: SourceTable, wanted: Wanted) -> None:
        refuse_binary(self.file)
        create(connection, table, [], wanted)
        place: dict[str, int] = {}
        unused: dict[str, None] = {}
        for batch in batches(self._numbered(), lambda numbered: len(numbered[1])):
            good: list[tuple[int, dict[str, str | None]]] = []
            for number, line, is_whole in batch:
                try:
                    if not is_whole:
                        raise LineError(TOO_LONG)
                    members = members_of(line, wanted)
                    texts = {
                        name: typed_number(text)
                        if is_number(value) and (text := value_text(value))
                        else value_text(value)
                        for name, value in members.items()
                        if name in wanted
                    }
                except LineError as error:
                    table.faults.append((number, str(error), self._text(line, is_whole)))
                    continue
                unused.update((name, None) for name in members if name not in texts)
                for name in texts:
                    if name not in place:
                        connection.execute(f"alter table {table.name} add column c{len(place)} varchar")
                        place[name] = len(place)
                good.append((number, texts))
            _insert(connection, table, [(number, [texts.get(name) for name in place]) for number, texts in good])
        table.headers, table.unused = list(place), sorted(unused)
        if table.rows and not table.headers:
            raise UnreadableError(none_known(", ".join(table.unused)))

    def texts(self, rows: frozenset[int]) -> Iterator[tuple[int, str]]:
        for number, line, is_whole in self._numbered():
            if number in rows:
                yield number, self._text(line, is_whole)

    def _numbered(self) -> Iterator[tuple[int, bytes, bool]]:
        with opened(self.file) as stream:
            given = (line for line in lines(stream) if line[0].removeprefix(b"\xef\xbb\xbf").strip())
            for number, (line, is_whole) in enumerate(given, start=1):
                yield number, line, is_whole

    @staticmethod
    def _text(line: bytes, is_whole: bool) -> str:
        if not is_whole:
            return beginning(line)
        return line.decode("utf-8", "backslashreplace").removeprefix("\ufeff").strip("\r\n")


@dataclass(frozen=True)
class ParquetSource:
    """A Parquet file; a row's own text is a JSON object."""

    file: LandedFile

    def load(self, connection: duckdb.DuckDBPyConnection, table: SourceTable, wanted: Wanted) -> None:
        try:
            self._load(connection, table, wanted)
        except pa.ArrowMemoryError:
            raise
        except (OSError, UnicodeDecodeError, pa.ArrowException) as error:
            raise UnreadableError(f"cannot be read as Parquet: {one_line(error)}") from error

    def _load(self, connection: duckdb.DuckDBPyConnection, table: SourceTable, wanted: Wanted) -> None:
        with opened(self.file) as stream:
            if not stream.read(1):
                create(connection, table, [], wanted)
                return
            source = open_table(stream)
            create(connection, table, source.names, wanted)
            places = wanted.among(source.names)
            for first, columns in source.batches():
                faults: dict[int, str] = {}
                for place in places:
                    for row, why in columns[place].faults.items():
                        faults.setdefault(row, f"{source.names[place]} {why}")
                bad = sorted(faults)
                own = source.raw_rows(columns, bad)
                table.faults += [(first + row, faults[row], text) for row, text in zip(bad, own, strict=True)]
                good = [row for row in range(len(columns[0].values)) if row not in faults]
                texts = [_typed(columns[place]).take(good) for place in places]
                _insert_columns(connection, table, [first + row for row in good], texts)

    def texts(self, rows: frozenset[int]) -> Iterator[tuple[int, str]]:
        with opened(self.file) as stream:
            source = open_table(stream)
            for first, columns in source.batches():
                wanted = sorted(row for row in rows if first <= row < first + len(columns[0].values))
                own = source.raw_rows(columns, [row - first for row in wanted])
                yield from ((row, text or "{}") for row, text in zip(wanted, own, strict=True))


@dataclass(frozen=True)
class WorkbookSource:
    """A sheet of an Excel workbook; a row's own text is a JSON object of its cells that are filled in."""

    file: LandedFile
    sheet: str | None

    def load(self, connection: duckdb.DuckDBPyConnection, table: SourceTable, wanted: Wanted) -> None:
        rows = sheet_rows(self.file, self.sheet, table.unread)
        headers = _named([trimmed(cell) for cell in next(rows, [])])
        create(connection, table, headers, wanted)
        places = wanted.among(headers)
        for batch in batches(enumerate(rows, start=1), lambda numbered: sum(map(len, numbered[1]))):
            _insert(
                connection,
                table,
                [(number, [row[place] if place < len(row) else None for place in places]) for number, row in batch],
            )

    def texts(self, rows: frozenset[int]) -> Iterator[tuple[int, str]]:
        found = sheet_rows(self.file, self.sheet)
        headers = _named([trimmed(cell) for cell in next(found, [])])
        for number, row in enumerate(found, start=1):
            if number in rows:
                cells = zip(headers, row, strict=False)
                members = [f"{json_string(name)}:{json_string(text)}" for name, text in cells if trimmed(text)]
                yield number, f"{{{','.join(members)}}}"


def _typed(column: Texts) -> pa.Array:
    """A column's texts, its numbers as `typed_number` spells them."""
    if not column.is_json:
        return column.values
    return pc.replace_substring_regex(column.values, r"^(-?\d+\.\d{3})$", r"\1" + "0")


def _named(headers: Sequence[str]) -> list[str]:
    """Columns without a name are named by their place."""
    return [name or f"column_{place}" for place, name in enumerate(headers, start=1)]


def _insert(
    connection: duckdb.DuckDBPyConnection, table: SourceTable, rows: Sequence[tuple[int, Sequence[str | None]]]
) -> None:
    if rows:
        numbers, texts = zip(*rows, strict=True)
        columns = [pa.array(column, pa.large_string()) for column in zip(*texts, strict=True)]
        _insert_columns(connection, table, numbers, columns)


def _insert_columns(
    connection: duckdb.DuckDBPyConnection, table: SourceTable, numbers: Sequence[int], texts: Sequence[pa.Array]
) -> None:
    columns = [f"c{index}" for index in range(len(texts))]
    rows = pa.Table.from_arrays([pa.array(numbers, pa.int64()), *texts], names=["source_row", *columns])
    connection.register("source_rows", rows)
    cleaned = "".join(f", clean_text({name})" for name in columns)
    connection.execute(f"insert into {table.name} select source_row{cleaned} from source_rows")
    connection.unregister("source_rows")
    table.rows += len(numbers)
