"""Where rows come from, as staging, the log and quarantine know it: a file is one kind of origin, others may follow.

What a file is, is the affair of `files`; which rows an origin has, of its reader.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
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


@dataclass(frozen=True)
class Account:
    """What became of an origin's own rows, where they are not those of its feed.

    `drifted` are its columns that nobody knows; `rows` how many rows it has, `unmade` how many of them could not be
    told apart, `left_out` how many make no row of a feed as they are not meant to; `notes` what a person should see.
    """

    drifted: list[str] = field(default_factory=list)
    rows: int | None = None
    unmade: int = 0
    left_out: int = 0
    notes: list[str] = field(default_factory=list)


class Reader(Protocol):
    """How one origin is read; `kind` is what a person calls it. What cannot be read raises UnreadableError."""

    kind: str

    @property
    def origins(self) -> Sequence[Origin]:
        """The origin as each feed sees that it has rows of; the first one answers for the whole of it."""
        ...

    def state(self) -> object:
        """What is another value once somebody replaced the rows; asked before and after they are read."""
        ...

    def fingerprint(self) -> str:
        """What is remembered: an origin with the same one is not read again. GoneError where there is none any more."""
        ...

    def read_with(self) -> frozenset[str]:
        """What its rows depend on beside itself; once that is not what it was, or less, the origin is read again."""
        ...

    def stage(self, staging: "Staging") -> Account:
        """Let all rows wait, numbered as the origin counts them."""
        ...
