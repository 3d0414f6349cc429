"""What a file most likely is, by its header alone: a feed's own, or an object of a mapping."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ingest.feeds import FEEDS
from ingest.mapped.export import Export
from ingest.mapped.library import Mapping, Mappings
from ingest.mapped.names import Wanted, names_in, positions
from ingest.mapped.rules import ObjectRules

# It shows the language and is nobody's.
EXAMPLE = "example"
_LEAST_FIT = 0.25


@dataclass(frozen=True)
class Guess:
    """A feed, or an object of a mapping, that a header may be of; `found` of the header's columns are known there.

    `fit` is the mean of two shares: of the header's columns that are known, and of the known ones that the header has.
    """

    source: str
    object: str | None
    found: int
    of: int
    fit: float

    @property
    def name(self) -> str:
        """As a person says it."""
        return self.source if self.object is None else f"{self.object} of {self.source}"

    @property
    def told(self) -> str:
        """What it was taken for, and why."""
        return f"taken for {self.name}, as {self.found} of its {self.of} columns are known there"


def best_guess(headers: Sequence[str], mappings: Mappings, only: str | None = None) -> Guess | None:
    """What fits a header best, among the objects of one mapping alone or among all; None where nothing does."""
    found = [guess for guess in _guesses(headers, mappings, only) if guess.fit >= _LEAST_FIT]
    # A feed is named first, so that of equals it is the one.
    return max(found, key=lambda guess: guess.fit, default=None)


def wanted_of(mapping: Mapping, name: str) -> Wanted:
    """All columns that a mapping reads of an object's files."""
    export = Export(mapping, {})
    return Wanted([*ObjectRules(export, name).wanted.names, *export.wanted_of_lookups(name).names])


def _guesses(headers: Sequence[str], mappings: Mappings, only: str | None) -> Iterator[Guess]:
    if only is None:
        for feed in FEEDS.values():
            found = len(set(headers) & set(feed.column_names))
            if feed.key in headers:
                yield Guess(feed.name, None, found, len(headers), _fit(found, headers, found, len(feed.columns)))
    for source in mappings.names if only is None else [only]:
        if source == EXAMPLE and only is None:
            continue
        mapping = mappings.read(source)
        for name, one in mapping.source.objects.items():
            wanted = wanted_of(mapping, name)
            found = len(wanted.among(headers))
            groups = sum(bool(positions(group, headers)) for group in wanted.names)
            if all(positions(group, headers) for group in names_in(one.key, {})):
                yield Guess(source, name, found, len(headers), _fit(found, headers, groups, len(wanted.names)))


def _fit(found: int, headers: Sequence[str], groups: int, of: int) -> float:
    return (found / max(len(headers), 1) + groups / max(of, 1)) / 2
