"""Bytes into lines, and rows into batches, so that no file, however long its rows, takes more memory than one row may.

What a line holds is up to the readers of its format; CSV records, which may span lines, are told apart in
`csv_records`, by the same limits.
"""

from collections.abc import Callable, Iterator
from typing import BinaryIO, TypeVar

MOST_BYTES = 16 * 2**20
TOO_LONG = "is longer than 16 MiB"
SHOWN_CHARACTERS = 1_000
CHUNK_BYTES = 1 << 18

_ROWS_PER_BATCH = 20_000
_BYTES_PER_BATCH = 16 * 2**20
# No character takes more bytes, but for a byte order mark in front of them.
_SHOWN_BYTES = 4 * SHOWN_CHARACTERS + 4

Row = TypeVar("Row")


def lines(stream: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    """The stream's lines without their line feed, and whether each is whole.

    Of a line longer than 16 MiB only the beginning is kept, enough for `beginning`.
    """
    parts: list[bytes] = []
    held = 0
    is_whole = True
    while chunk := stream.read(CHUNK_BYTES):
        first, *further = chunk.split(b"\n")
        held += len(first)
        if held > MOST_BYTES and is_whole:
            is_whole = False
            parts = [b"".join(parts)[:_SHOWN_BYTES]]
        if is_whole:
            parts.append(first)
        if not further:
            continue
        yield b"".join(parts), is_whole
        for line in further[:-1]:
            yield line, True
        parts, held, is_whole = [further[-1]], len(further[-1]), True
    if held:
        yield b"".join(parts), is_whole


def beginning(line: bytes) -> str:
    """The first 1,000 characters of a row, bytes that are no UTF-8 as \\x escapes."""
    return line[:_SHOWN_BYTES].decode("utf-8", "backslashreplace").removeprefix("\ufeff")[:SHOWN_CHARACTERS]


def batches(rows: Iterator[Row], size_of: Callable[[Row], int]) -> Iterator[list[Row]]:
    """The rows in lists that are bounded by their number and, but for a single great row, by their bytes."""
    batch: list[Row] = []
    held = 0
    for row in rows:
        size = size_of(row)
        if batch and (len(batch) >= _ROWS_PER_BATCH or held + size > _BYTES_PER_BATCH):
            yield batch
            batch, held = [], 0
        batch.append(row)
        held += size
    if batch:
        yield batch
