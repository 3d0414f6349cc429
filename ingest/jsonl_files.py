"""A JSONL file into staging: each line one object, typed values as the text they stand for.

What the texts mean is decided in `values`.
"""

from typing import Any

from ingest.bounded_lines import TOO_LONG, batches, beginning, lines
from ingest.feeds import FEEDS
from ingest.file_kinds import refuse_binary
from ingest.files import LandedFile, opened
from ingest.json_lines import LineError, extra_text, members_of, value_text
from ingest.staging import Staging, rows_table

_Line = tuple[int, tuple[bytes, bool]]


def load_jsonl(staging: Staging, file: LandedFile) -> list[str]:
    """Stage all rows of a JSONL file; returns its keys that the feed does not know.

    Raises UnreadableError when its bytes cannot be read to their end, or are no text.
    """
    refuse_binary(file)
    feed = FEEDS[file.feed]
    drifted: set[str] = set()
    with opened(file) as stream:
        numbered = enumerate((line for line in lines(stream) if not _is_blank(line[0])), start=1)
        for batch in batches(numbered, lambda numbered_line: len(numbered_line[1][0])):
            good, faults = _split(batch, feed.column_names, drifted)
            staging.add_unparseable(file, faults)
            if good:
                *texts, numbers, extras, raw_rows = zip(*good, strict=True)
                staging.add_rows(file, feed.column_names, rows_table(feed, texts, numbers, extras, raw_rows))
    return sorted(drifted)


def _is_blank(line: bytes) -> bool:
    return not line.removeprefix(b"\xef\xbb\xbf").strip()


def _split(
    batch: list[_Line], names: tuple[str, ...], drifted: set[str]
) -> tuple[list[tuple[Any, ...]], list[tuple[int, str, str]]]:
    good, faults, single = [], [], frozenset(names)
    for row, (line, is_whole) in batch:
        if not is_whole:
            faults.append((row, TOO_LONG, beginning(line)))
            continue
        text = line.decode("utf-8", "backslashreplace").removeprefix("\ufeff").strip("\r\n")
        try:
            members = members_of(line, single)
            texts = tuple(value_text(members.pop(name, None)) for name in names)
            extra = extra_text(members)
        except LineError as error:
            faults.append((row, str(error), text))
            continue
        drifted.update(members)
        good.append((*texts, row, extra, text))
    return good, faults
