"""CSV text into records, as Python's csv splits it: any line end, each record with its own text.

No record is held beyond 16 MiB. What a header means, and which files come here, is decided in `csv_files`.
"""

import csv
import re
import sys
from collections.abc import Iterator
from enum import Enum, auto
from functools import cache
from typing import BinaryIO, NamedTuple

from ingest.bounded_lines import CHUNK_BYTES, MOST_BYTES, TOO_LONG, beginning
from ingest.texts import trimmed

UNCLOSED = "a quote is not closed"
NO_UTF_8 = "is no valid UTF-8"

_UNDECODABLE = re.compile("[\ud800-\udfff]")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_INSIDE_OF_QUOTES = re.compile(rb'(?:[^"]++|"")*+')
# The longest record, and a line end behind it.
_MOST_HELD = MOST_BYTES + 2


class Record(NamedTuple):
    """One record; `fault` says why it cannot be told apart into fields.

    Of a record that is too long, or whose quote is not closed, `text` is the beginning.
    """

    fields: list[str]
    text: str
    fault: str | None


class _Patterns(NamedTuple):
    """What records are told apart by, where this delimiter stands between their fields."""

    delimiter: bytes
    record: re.Pattern[bytes]
    whole_fields: re.Pattern[bytes]
    outside_of_quotes: re.Pattern[bytes]


@cache
def _patterns(delimiter: str) -> _Patterns:
    """Nothing in them gives back what it took, so that no text costs more than one pass."""
    one = re.escape(delimiter.encode())
    end = one + rb"\r\n"
    field = rb'(?:"(?:[^"]++|"")*+"[^' + end + rb']*+|[^"' + end + rb"][^" + end + rb"]*+)?+"
    return _Patterns(
        delimiter.encode(),
        record=re.compile(field + rb"(?:" + one + field + rb")*+(?:\r\n|[\r\n])"),
        whole_fields=re.compile(rb"(?:" + field + one + rb")*+"),
        outside_of_quotes=re.compile(rb"[^" + end + rb"]*+"),
    )


def records(stream: BinaryIO, delimiter: str = ",") -> Iterator[Record]:
    """All records but blank lines, from the header on."""
    for content, fault in _split(stream, delimiter):
        text = content.decode("utf-8", "surrogateescape")
        if fault is None and not trimmed(text):
            continue
        if fault is not None:
            yield Record(fields_of(readable(text), delimiter), beginning(content), fault)
        elif text.isascii() or _UNDECODABLE.search(text) is None:
            yield Record(fields_of(text, delimiter), text, None)
        else:
            yield Record([readable(field) for field in fields_of(text, delimiter)], readable(text), NO_UTF_8)


def fields_of(text: str, delimiter: str = ",") -> list[str]:
    """The fields of one record's text."""
    if '"' not in text:
        return text.split(delimiter)
    csv.field_size_limit(sys.maxsize)
    return next(csv.reader([text], delimiter=delimiter))


def readable(text: str) -> str:
    """A text whose undecodable bytes are shown as \\x escapes."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _split(stream: BinaryIO, delimiter: str = ",") -> Iterator[tuple[bytes, str | None]]:
    """The bytes of each record without its line end, and what is wrong with it."""
    patterns = _patterns(delimiter)
    held = stream.read(CHUNK_BYTES).removeprefix(_BYTE_ORDER_MARK)
    start = 0
    while True:
        while found := patterns.record.match(held, start):
            content = held[start : found.end()].rstrip(b"\r\n")
            yield content, TOO_LONG if len(content) > MOST_BYTES else None
            start = found.end()
        held, start = held[start:], 0
        if len(held) >= _MOST_HELD:
            beginning_of_record = held[:CHUNK_BYTES]
            held, is_open = _without_record(held, stream, patterns)
            yield beginning_of_record, UNCLOSED if is_open else TOO_LONG
            continue
        # As much again as is held, so that a long record is not searched once for each of its chunks.
        chunk = stream.read(min(max(CHUNK_BYTES, len(held)), _MOST_HELD - len(held)))
        if not chunk:
            break
        held += chunk
    if held:
        yield _last(held, patterns)


def _last(held: bytes, patterns: _Patterns) -> tuple[bytes, str | None]:
    """What the stream ends with, without a line end of its own."""
    if not patterns.record.fullmatch(held + b"\n"):
        return held.rstrip(b"\r\n"), UNCLOSED
    return held, TOO_LONG if len(held) > MOST_BYTES else None


def _without_record(held: bytes, stream: BinaryIO, patterns: _Patterns) -> tuple[bytes, bool]:
    """What is held after the end of the record that it begins with, and whether a quote is open at the stream's end."""
    place = _Place.FIELD_BEGINS
    while held:
        place, end = _followed(held, place, patterns)
        if place is _Place.RECORD_ENDS:
            return held[end:], False
        held = stream.read(CHUNK_BYTES)
    return b"", place is _Place.IN_QUOTES


class _Place(Enum):
    """Where in a record a position is."""

    FIELD_BEGINS = auto()
    IN_FIELD = auto()
    IN_QUOTES = auto()
    AFTER_QUOTE = auto()
    RECORD_ENDS = auto()


def _followed(held: bytes, place: _Place, patterns: _Patterns) -> tuple[_Place, int]:
    """The place at the end of what is held, or the record's end where it comes before."""
    position = 0
    while position < len(held):
        if place is _Place.FIELD_BEGINS:
            position = _end(patterns.whole_fields, held, position)
            is_quoted = held[position : position + 1] == b'"'
            if position < len(held):
                position += is_quoted
                place = _Place.IN_QUOTES if is_quoted else _Place.IN_FIELD
        elif place is _Place.IN_QUOTES:
            position = _end(_INSIDE_OF_QUOTES, held, position)
            if position < len(held):
                position += 1
                place = _Place.AFTER_QUOTE
        elif place is _Place.AFTER_QUOTE:
            is_doubled = held[position : position + 1] == b'"'
            position += is_doubled
            place = _Place.IN_QUOTES if is_doubled else _Place.IN_FIELD
        else:
            position = _end(patterns.outside_of_quotes, held, position)
            if position < len(held):
                is_separator = held[position : position + 1] == patterns.delimiter
                position += 1
                place = _Place.FIELD_BEGINS if is_separator else _Place.RECORD_ENDS
        if place is _Place.RECORD_ENDS:
            break
    return place, position


def _end(pattern: re.Pattern[bytes], held: bytes, position: int) -> int:
    found = pattern.match(held, position)
    return found.end() if found else position
