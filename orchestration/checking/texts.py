"""A file's own texts, for a look at what no row of a feed shows any more: its columns, and how values are spelled.

What a refresh makes of the file is decided by the readers of `ingest`; nothing is judged here.
"""

import csv
import gzip
import io
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ingest.files import LandedFile
from ingest.json_lines import LineError, members_of, value_text
from ingest.mapped.spellings import codec
from ingest.mapped.workbooks import sheet_rows
from ingest.origins import UnreadableError
from ingest.sql import one_line
from ingest.texts import trimmed

MOST_ROWS = 200_000
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_ENCODINGS = ("utf-8", "cp949", "shift_jis", "cp1252")
# What texts of a language mostly consist of, by its encoding.
_USUAL = {"cp949": re.compile("[가-힣]"), "shift_jis": re.compile("[ぁ-ヿ一-鿿々]")}
_START_BYTES = 1 << 16
_DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True)
class Texts:
    """The first rows of a file as texts: columns c0, c1 … in the order of `names`, and source_row, from 1.

    `is_whole` tells that these are all rows; `encoding` and `delimiter` are how they were told apart.
    """

    names: tuple[str, ...]
    table: pa.Table
    is_whole: bool = True
    encoding: str = "utf-8"
    delimiter: str = ","

    @property
    def is_as_feeds_are(self) -> bool:
        """Whether a feed's file may be written so."""
        return len(self.names) > 1 and self.delimiter == "," and self.encoding.startswith("utf-8")

    def column(self, name: str) -> str:
        """What the table calls a column."""
        return f"c{self.names.index(name)}"


def read_texts(path: Path) -> Texts | None:
    """The texts of a file, None where it holds none that can be read so."""
    try:
        return texts_of(path)
    except UnreadableError:
        # Why it cannot be read is said by the reader that a refresh has for it.
        return None


def texts_of(path: Path) -> Texts:
    """The texts of a file; UnreadableError with cause and remedy where it holds none that can be read so."""
    name = path.name.lower()
    is_gzipped = name.endswith(".gz")
    ending = name.removesuffix(".gz").rpartition(".")[2]
    try:
        if ending == "parquet":
            texts = _of_parquet(path)
        elif ending == "xlsx":
            texts = _of_workbook(path)
        else:
            with (gzip.open if is_gzipped else open)(path, "rb") as stream:
                texts = _of_json(stream) if ending == "jsonl" else _of_csv(stream)
    except (OSError, EOFError, ValueError, csv.Error, pa.ArrowException) as error:
        raise UnreadableError(f"cannot be read as a table ({one_line(error)}): export it again as CSV UTF-8") from error
    if texts is None or not texts.names:
        raise UnreadableError("has no header: export it again, with the names of its columns in the first line")
    return texts


def _of_csv(stream: io.BufferedIOBase) -> Texts | None:
    start = stream.read(_START_BYTES)
    encoding = _encoding(start)
    if encoding is None:
        return None
    beginning = start.decode(codec(encoding), errors="ignore")
    delimiter = _delimiter(beginning)
    stream.seek(0)
    csv.field_size_limit(sys.maxsize)
    lines = io.TextIOWrapper(stream, codec(encoding), errors="backslashreplace", newline="")
    records = (record for record in csv.reader(lines, delimiter=delimiter) if any(map(trimmed, record)))
    header = next(records, None)
    if header is None:
        return None
    names = [trimmed(name) or f"column_{place}" for place, name in enumerate(header, start=1)]
    return _texts(names, records, encoding, delimiter)


def _encoding(start: bytes) -> str | None:
    """How a text is encoded, by its mark or by what its beginning can be; None where it is no text."""
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return encoding
    if b"\0" in start:
        return None
    lines = start[: start.rfind(b"\n") + 1 or None]
    read = {encoding: text for encoding in _ENCODINGS if (text := _decoded(lines, encoding)) is not None}
    if "utf-8" in read:
        return "utf-8"
    # What is Japanese can be read as rare Korean, and the other way round: the usual letters tell.
    eastern = [encoding for encoding in _USUAL if encoding in read]
    if eastern:
        return max(eastern, key=lambda encoding: _share_of_usual(read[encoding], encoding))
    return next(iter(read), "latin-1")


def _share_of_usual(text: str, encoding: str) -> float:
    """Which share of the letters beyond ASCII are usual ones of the encoding's language."""
    letters = [letter for letter in text if letter > "\x7f"]
    # The Korean standard itself writes a syllable in two bytes; those of its extension are rare ones.
    is_usual = {"cp949": lambda one: len(one.encode("euc_kr")) == 2}.get(encoding, lambda one: True)
    usual = [one for one in letters if _USUAL[encoding].match(one) and is_usual(one)]
    return len(usual) / max(len(letters), 1)


def _decoded(start: bytes, encoding: str) -> str | None:
    try:
        return start.decode(codec(encoding))
    except UnicodeDecodeError:
        return None


def _delimiter(text: str) -> str:
    """What stands between the names of the header."""
    header = next((line for line in text.splitlines() if line.strip()), "")
    return max(_DELIMITERS, key=lambda delimiter: len(next(csv.reader([header], delimiter=delimiter), [])))


def _of_json(stream: io.BufferedIOBase) -> Texts:
    rows: list[dict[str, str | None]] = []
    names: dict[str, None] = {}
    number, is_whole = 0, True
    for line in stream:
        if not line.strip():
            continue
        number += 1
        if number > MOST_ROWS:
            is_whole = False
            break
        try:
            members = members_of(line, frozenset())
            row = {key: value_text(value) for key, value in members.items()}
        except LineError:
            row = {}
        names.update(dict.fromkeys(row))
        rows.append(row)
    columns = [[row.get(name) for row in rows] for name in names]
    return Texts(tuple(names), _table(columns, len(rows)), is_whole)


def _of_parquet(path: Path) -> Texts:
    with pq.ParquetFile(path) as file:
        names = tuple(file.schema_arrow.names)
        columns: list[list[str | None]] = [[] for _ in names]
        for batch in islice(file.iter_batches(batch_size=MOST_ROWS), 1):
            columns = [[_text(value) for value in column.to_pylist()] for column in batch.columns]
        count = min(file.metadata.num_rows, MOST_ROWS)
        return Texts(names, _table(columns, count), count == file.metadata.num_rows)


def _of_workbook(path: Path) -> Texts | None:
    rows = sheet_rows(LandedFile("", path.name, path), None)
    header = next(rows, None)
    if header is None:
        return None
    names = [trimmed(name) or f"column_{place}" for place, name in enumerate(header, start=1)]
    return _texts(names, rows, "utf-8", ",")


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _texts(names: Sequence[str], records: Iterator[Sequence[str]], encoding: str, delimiter: str) -> Texts:
    taken = list(islice(records, MOST_ROWS))
    is_whole = next(records, None) is None
    width = len(names)
    padded = [[*record[:width], *[None] * (width - len(record))] for record in taken]
    columns = list(map(list, zip(*padded, strict=True))) if padded else [[] for _ in names]
    return Texts(tuple(names), _table(columns, len(taken)), is_whole, encoding, delimiter)


def _table(columns: Sequence[Sequence[str | None]], count: int) -> pa.Table:
    arrays = [pa.array(column, pa.large_string()) for column in columns]
    numbers = pa.array(range(1, count + 1), pa.int64())
    names = [*(f"c{place}" for place in range(len(arrays))), "source_row"]
    return pa.Table.from_arrays([*arrays, numbers], names=names)
