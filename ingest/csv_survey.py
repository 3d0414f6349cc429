"""A cheap pass over a CSV file's bytes: may DuckDB's reader be trusted with it, and with how much.

DuckDB drops blanks around quotes and a surplus empty last field without a word; a file that
could hold such things, and one whose counts disagree afterwards, goes to `csv_records`.
"""

from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

_CHUNK_BYTES = 1 << 20
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_QUOTE, _LINE_FEED, _RETURN = b'"\n\r'


@dataclass
class Survey:
    """Counts outside of quotes, the header included, and whether every quote is well placed.

    `records` are lines that are not blank; `separators` are delimiters.
    """

    records: int = 0
    separators: int = 0
    is_plain: bool = True

    def add(self, counts: "_Counts") -> None:
        """Take the counts of a further block."""
        self.records += counts.line_feeds - counts.blank_lines
        self.separators += counts.separators
        self.is_plain &= counts.is_plain


def survey(stream: BinaryIO, delimiter: str = ",") -> Survey:
    """Count what lies outside of quotes; stops early at what DuckDB must not read."""
    result, separator = Survey(), ord(delimiter)
    previous, is_quoted, returns, line_feeds = _LINE_FEED, False, 0, 0
    chunk = stream.read(_CHUNK_BYTES).removeprefix(_BYTE_ORDER_MARK)
    chunks_of_one_record = 0
    while chunk and result.is_plain:
        found = _count(bytes([previous]) + chunk, is_quoted, separator)
        result.add(found)
        chunks_of_one_record = 0 if found.line_feeds else chunks_of_one_record + 1
        # DuckDB holds a record whole, and no more than 2 MiB of it.
        result.is_plain &= chunks_of_one_record < 3
        line_feeds += found.line_feeds
        returns += found.returns
        previous, is_quoted = chunk[-1], found.is_quoted
        chunk = stream.read(_CHUNK_BYTES)
    if previous != _LINE_FEED:
        result.add(_count(bytes([previous, _LINE_FEED]), is_quoted, separator))
    result.is_plain &= not is_quoted and returns in (0, line_feeds)
    return result


@dataclass(frozen=True)
class _Counts:
    line_feeds: int
    blank_lines: int
    separators: int
    returns: int
    is_plain: bool
    is_quoted: bool


def _count(block: bytes, is_quoted: bool, separator: int) -> _Counts:
    """Count in a block whose first byte belongs to the one before; is_quoted is the state there."""
    if is_quoted or b'"' in block or b"\n\n" in block or b"\n\r" in block:
        return _count_by_byte(block, is_quoted, separator)
    returns = block.count(b"\r", 1)
    return _Counts(
        line_feeds=block.count(b"\n", 1),
        blank_lines=0,
        separators=block.count(bytes([separator]), 1),
        returns=returns,
        is_plain=block.count(b"\r", 0, -1) == block.count(b"\r\n"),
        is_quoted=False,
    )


def _count_by_byte(block: bytes, is_quoted: bool, separator: int) -> _Counts:
    data = np.frombuffer(block, dtype=np.uint8)
    this, following = data[:-1], data[1:]
    odd = np.cumsum(following == _QUOTE, dtype=np.uint8) & 1
    is_inside = np.concatenate(([is_quoted], odd.astype(bool) ^ is_quoted))
    outside_this, outside_following = ~is_inside[:-1], ~is_inside[1:]
    starts_field = (this == separator) | (this == _LINE_FEED) | (this == _QUOTE)
    ends_line = (following == _LINE_FEED) | (following == _RETURN)
    ends_field = ends_line | (following == separator) | (following == _QUOTE)
    misplaced = outside_this & (
        ((following == _QUOTE) & ~starts_field)
        | ((this == _QUOTE) & ~ends_field)
        | ((this == _RETURN) & (following != _LINE_FEED))
    )
    blank = outside_this & (this == _LINE_FEED) & ends_line & outside_following
    return _Counts(
        line_feeds=_sum((following == _LINE_FEED) & outside_following),
        blank_lines=_sum(blank),
        separators=_sum((following == separator) & outside_following),
        returns=_sum((following == _RETURN) & outside_following),
        is_plain=not misplaced.any(),
        is_quoted=bool(is_inside[-1]),
    )


def _sum(flags: np.ndarray) -> int:
    return int(np.count_nonzero(flags))
