"""A file that is checked: how a person calls it, what it is read as, and which columns of a feed its own fill."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ingest.feeds import FEEDS, Column
from orchestration.checking.texts import Texts


@dataclass(frozen=True)
class CheckedFile:
    """One file; `source` is what the log and quarantine call it, `feed` the feed that these list it under.

    `uses` are the feed columns that a column of the file fills, `zone` what a timestamp without one is read in, None
    where nobody has said so. `guessed` says by what it was taken for this feed, where no folder tells.
    """

    name: str
    source: str
    feed: str
    path: Path
    texts: Texts | None
    uses: Mapping[str, tuple[Column, ...]]
    zone: str | None = None
    guessed: str | None = None

    def columns_of(self, *types: str) -> Mapping[str, tuple[Column, ...]]:
        """The columns of the file that fill some of a type, with those that they fill."""
        found = {name: tuple(column for column in used if column.type in types) for name, used in self.uses.items()}
        return {name: used for name, used in found.items() if used}

    @property
    def ids(self) -> list[str]:
        """The columns of the file that name things of the CRM's."""
        return [name for name, used in self.uses.items() if any(column.is_id for column in used)]


def uses_of_feed(feed: str, names: tuple[str, ...]) -> Mapping[str, tuple[Column, ...]]:
    """A feed's own columns, which a file names as they are."""
    columns = {column.name: column for column in FEEDS[feed].columns}
    return {name: (columns[name],) for name in dict.fromkeys(names) if name in columns}
