"""What the header of a CSV file means: its columns, and what is wrong with all rows below it.

How records are told apart is in `csv_records`, how rows are staged in `csv_files`.
"""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from ingest.csv_records import NO_UTF_8, Record
from ingest.feeds import FEEDS
from ingest.file_kinds import SAVE_AS_CSV, binary_kind, holds_control_characters, text_kind
from ingest.origins import UnreadableError
from ingest.rows import Rows
from ingest.texts import trimmed


@dataclass(frozen=True)
class Header:
    """The names of a file's columns, trimmed, those without one named by their place; `text` is the line itself."""

    feed: str
    names: tuple[str, ...]
    doubled: tuple[str, ...]
    text: str

    @cached_property
    def position(self) -> dict[str, int]:
        """Where a column is; of extra ones that came to the same name, the last."""
        return {name: index for index, name in enumerate(self.names)}

    @cached_property
    def extras(self) -> list[str]:
        """Columns that the feed does not know."""
        return sorted(set(self.names) - set(FEEDS[self.feed].column_names))

    @property
    def required(self) -> list[str]:
        """The feed's required columns, in its order."""
        return [column.name for column in FEEDS[self.feed].columns if column.required]

    @property
    def lacks_required(self) -> bool:
        """Whether every row lacks something."""
        return not set(self.required) <= set(self.names)

    @property
    def lacks_all_required(self) -> bool:
        """Whether this is no header of the feed at all."""
        return not set(self.required) & set(self.names)

    @cached_property
    def kind(self) -> str | None:
        """What the file is instead, where it is none of the feed's."""
        if not self.lacks_all_required:
            return None
        return text_kind(self.text, FEEDS[self.feed].column_names)

    @property
    def absent(self) -> str:
        """What is said of a required column that the file lacks."""
        return f"{Rows.absent}, which {self.kind}" if self.kind else Rows.absent


def header_of(feed: str, record: Record, start: bytes) -> Header:
    """The header that a file's first record is; `start` are the file's first bytes.

    Raises UnreadableError when the file is no text, or no UTF-8.
    """
    given = [trimmed(name) for name in record.fields]
    names = tuple(name or f"column_{place}" for place, name in enumerate(given, start=1))
    doubled = tuple(sorted(name for name, count in Counter(given).items() if name and count > 1))
    header = Header(feed, names, doubled, record.text)
    if record.fault == NO_UTF_8 or header.lacks_all_required:
        kind = binary_kind(start)
        if kind is None and record.fault == NO_UTF_8:
            kind = f"its header is no valid UTF-8: {SAVE_AS_CSV}"
        elif kind is None and holds_control_characters(record.text):
            kind = "its header holds control characters, so it is no text"
        if kind is not None:
            raise UnreadableError(f"cannot be read: {kind}")
    return header
