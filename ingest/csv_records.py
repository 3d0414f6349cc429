"""CSV text into records, by Python's csv: any line end, each record with its own text.

What a header means, and which files come here, is decided in `csv_files`.
"""

import csv
import io
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

_UNDECODABLE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Record:
    """One record; `fault` says why it cannot be told apart into fields."""

    fields: list[str]
    text: str
    fault: str | None


def records(stream: BinaryIO) -> Iterator[Record]:
    """All records but blank lines, from the header on."""
    csv.field_size_limit(sys.maxsize)
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")
    taken: list[str] = []
    has_ended = False

    def lines() -> Iterator[str]:
        nonlocal has_ended
        for line in text:
            taken.append(line)
            yield line
        has_ended = True

    for fields in csv.reader(lines()):
        own_text = "".join(taken).rstrip("\r\n")
        taken.clear()
        if len(fields) <= 1 and not own_text.strip():
            continue
        # The reader asks for a line beyond the last one only while a quote is open.
        yield _record(fields, own_text, "a quote is not closed" if has_ended else None)


def readable(text: str) -> str:
    """A text whose undecodable bytes are shown as \\x escapes."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _record(fields: list[str], text: str, fault: str | None) -> Record:
    if text.isascii() or _UNDECODABLE.search(text) is None:
        return Record(fields, text, fault)
    return Record([readable(f) for f in fields], readable(text), fault or "is no valid UTF-8")
