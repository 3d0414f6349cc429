"""Where rows come from, as staging, the log and quarantine know it: a file is one kind of origin, others may follow.

What a file is, is the affair of `files`; which rows an origin has, of its reader.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ingest.staging import Staging


class UnreadableError(Exception):
    """An origin that cannot be read to its end; its text says why."""


class GoneError(UnreadableError):
    """An origin that went away after it was listed."""


@dataclass(frozen=True)
class Origin:
    """Rows of one feed that come in together; `source` is the name that the log and quarantine have for them."""

    feed: str
    source: str


class Reader(Protocol):
    """How one origin is read; `kind` is what a person calls it. What cannot be read raises UnreadableError."""

    origin: Origin
    kind: str

    def state(self) -> object:
        """What is another value once somebody replaced the rows; asked before and after they are read."""
        ...

    def fingerprint(self) -> str:
        """What is remembered: an origin with the same one is not read again. GoneError where there is none any more."""
        ...

    def stage(self, staging: "Staging") -> list[str]:
        """Let all rows wait, numbered as the origin counts them; returns its columns that the feed does not know."""
        ...
