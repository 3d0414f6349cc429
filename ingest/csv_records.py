"""CSV text into records, as Python's csv splits it: any line end, each record with its own text.

No record is held beyond 16 MiB. What a header means, and which files come here, is decided in `csv_files`.
"""

import csv
import re
import sys
from collections.abc import Iterator
from enum import Enum, auto
from typing import BinaryIO, NamedTuple

from ingest.bounded_lines import CHUNK_BYTES, MOST_BYTES, TOO_LONG, beginning
from ingest.texts import trimmed

UNCLOSED = "a quote is not closed"
NO_UTF_8 = "is no valid UTF-8"

_UNDECODABLE = re.compile("[\ud800-\udfff]")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# Nothing here gives back what it took, so that no text costs more than one pass.
_FIELD = rb'(?:"(?:[^"]++|"")*+"[^,\r\n]*+|[^",\r\n][^,\r\n]*+)?+'
_RECORD = re.compile(_FIELD + rb"(?:," + _FIELD + rb")*+(?:\r\n|[\r\n])")
_WHOLE_FIELDS = re.compile(rb"(?:" + _FIELD + rb",)*+")
_INSIDE_OF_QUOTES = re.compile(rb'(?:[^"]++|"")*+')
_OUTSIDE_OF_QUOTES = re.compile(rb"[^,\r\n]*+")
# The longest record, and a line end behind it.
_MOST_HELD = MOST_BYTES + 2


class Record(NamedTuple):
    """One record; `fault` says why it cannot be told apart into fields.

    Of a record that is too long, or whose quote is not closed, `text` is the beginning.
    """

    fields: list[str]
    text: str
    fault: str | None


def records(stream: BinaryIO) -> Iterator[Record]:
    """All records but blank lines, from the header on."""
    for content, fault in _split(stream):
        text = content.decode("utf-8", "surrogateescape")
        if fault is None and not trimmed(text):
            continue
        if fault is not None:
            yield Record(fields_of(readable(text)), beginning(content), fault)
        elif text.isascii() or _UNDECODABLE.search(text) is None:
            yield Record(fields_of(text), text, None)
        else:
            yield Record([readable(field) for field in fields_of(text)], readable(text), NO_UTF_8)


def fields_of(text: str) -> list[str]:
    """The fields of one record's text."""
    if '"' not in text:
        return text.split(",")
    csv.field_size_limit(sys.maxsize)
    return next(csv.reader([text]))


def readable(text: str) -> str:
    """A text whose undecodable bytes are shown as \\x escapes."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _split(stream: BinaryIO) -> Iterator[tuple[bytes, str | None]]:
    """The bytes of each record without its line end, and what is wrong with it."""
    held = stream.read(CHUNK_BYTES).removeprefix(_BYTE_ORDER_MARK)
    start = 0
    while True:
        while found := _RECORD.match(held, start):
            content = held[start : found.end()].rstrip(b"\r\n")
            yield content, TOO_LONG if len(content) > MOST_BYTES else None
            start = found.end()
        held, start = held[start:], 0
        if len(held) >= _MOST_HELD:
            beginning_of_record = held[:CHUNK_BYTES]
            held, is_open = _without_record(held, stream)
            yield beginning_of_record, UNCLOSED if is_open else TOO_LONG
            continue
        # As much again as is held, so that a long record is not searched once for each of its chunks.
        chunk = stream.read(min(max(CHUNK_BYTES, len(held)), _MOST_HELD - len(held)))
        if not chunk:
            break
        held += chunk
    if held:
        yield _last(held)


def _last(held: bytes) -> tuple[bytes, str | None]:
    """What the stream ends with, without a line end of its own."""
    if not _RECORD.fullmatch(held + b"\n"):
        return held.rstrip(b"\r\n"), UNCLOSED
    return held, TOO_LONG if len(held) > MOST_BYTES else None


def _without_record(held: bytes, stream: BinaryIO) -> tuple[bytes, bool]:
    """What is held after the end of the record that it begins with, and whether a quote is open at the stream's end."""
    place = _Place.FIELD_BEGINS
    while held:
        place, end = _followed(held, place)
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


def _followed(held: bytes, place: _Place) -> tuple[_Place, int]:
    """The place at the end of what is held, or the record's end where it comes before."""
    position = 0
    while position < len(held):
        if place is _Place.FIELD_BEGINS:
            position = _end(_WHOLE_FIELDS, held, position)
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
            position = _end(_OUTSIDE_OF_QUOTES, held, position)
            if position < len(held):
                is_separator = held[position : position + 1] == b","
                position += 1
                place = _Place.FIELD_BEGINS if is_separator else _Place.RECORD_ENDS
        if place is _Place.RECORD_ENDS:
            break
    return place, position


def _end(pattern: re.Pattern[bytes], held: bytes, position: int) -> int:
    found = pattern.match(held, position)
    return found.end() if found else position
