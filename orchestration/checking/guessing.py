"""What a file most likely is by its header alone, a feed's own or an object of a mapping, and which column is which."""

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ingest.feeds import FEEDS
from ingest.mapped.export import Export
from ingest.mapped.library import Mapping, Mappings
from ingest.mapped.names import Wanted, names_in, normal, positions
from ingest.mapped.rules import ObjectRules
from orchestration.checking.words import folded

# It shows the language and is nobody's.
EXAMPLE = "example"
_LEAST_FIT = 0.25
_LEAST_LIKENESS = 0.82
_LEAST_LETTERS = 3


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


def alike(names: Iterable[str], headers: Sequence[str]) -> str | None:
    """The header that one of these names most likely means: spelled nearly so, or of all of its words."""
    free = {folded(header): header for header in headers}
    wanted = [name for name in names if not name.endswith("*")]
    for name in wanted:
        if folded(name) in free:
            return free[folded(name)]
    for name in wanted:
        near = difflib.get_close_matches(folded(name), free, n=1, cutoff=_LEAST_LIKENESS)
        if near and len(folded(name)) >= _LEAST_LETTERS:
            return free[near[0]]
    for name in wanted:
        found = [header for header in headers if len(_words(name)) > 1 and _words(name) <= _words(header)]
        if len(found) == 1:
            return found[0]
    return None


def substitutes(groups: Iterable[tuple[str, ...]], headers: Sequence[str]) -> dict[tuple[str, ...], str]:
    """For each group of names of which a file has none, the column of the file that probably stands for it."""
    groups = list(groups)
    taken = {place for group in groups for place in positions(group, headers)}
    free = [header for place, header in enumerate(headers) if place not in taken]
    found: dict[tuple[str, ...], str] = {}
    for group in groups:
        if not positions(group, headers) and (header := alike(group, free)) is not None:
            found[group] = header
            free.remove(header)
    return found


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", normal(text)))
