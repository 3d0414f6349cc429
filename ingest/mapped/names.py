"""Which columns of a file a mapping's names mean: compared trimmed and in any case, `*` stands for any ending.

What the columns hold is not known here.
"""

import difflib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from ingest.mapped.language import Value, parts_of
from ingest.texts import trimmed

# So like a column that nothing uses that a person probably misspelt it.
_AS_GOOD_AS_THE_SAME = 0.88


def normal(name: str) -> str:
    """What is the same for names that mean the same column."""
    return " ".join(unicodedata.normalize("NFC", trimmed(name)).split()).casefold()


def names_of(value: Value, binding: Mapping[str, str]) -> tuple[str, ...]:
    """The names that a value gives its column, those of `for` filled in."""
    return tuple(binding[name.each] if name.each else name.text or "" for name in value.column or ())


def names_in(part: object, binding: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    """The names of each column that a part of a mapping takes from its own object's file."""
    for place, found in parts_of(part):
        is_of_another_object = any(key in ("on", "take", "first") for key in _below_lookups(place))
        if isinstance(found, Value) and found.column and not is_of_another_object:
            yield names_of(found, binding)


def _below_lookups(place: tuple[str | int, ...]) -> Iterator[str | int]:
    """The keys that stand right below a lookup on the way to a part."""
    return (below for above, below in pairwise(place) if above == "lookup")


def positions(names: Sequence[str], headers: Sequence[str]) -> list[int]:
    """Where a file has the columns of these names, in the order of the names."""
    normals = [normal(header) for header in headers]
    found: list[int] = []
    for name in names:
        wanted = normal(name)
        if wanted.endswith("*"):
            start = wanted[:-1]
            found += [place for place, header in enumerate(normals) if header.startswith(start) and place not in found]
        else:
            found += [place for place, header in enumerate(normals) if header == wanted and place not in found]
    return found


class Wanted:
    """The columns that are wanted of a file; `name in wanted` asks whether one of a header is among them."""

    def __init__(self, names: Iterable[tuple[str, ...]]) -> None:
        self.names = sorted(set(names))
        every = {normal(name) for group in self.names for name in group}
        self._exact = frozenset(name for name in every if not name.endswith("*"))
        self._starts = tuple(sorted(name[:-1] for name in every if name.endswith("*")))

    def __contains__(self, header: object) -> bool:
        name = normal(str(header))
        return name in self._exact or name.startswith(self._starts)

    def among(self, headers: Sequence[str]) -> list[int]:
        """The places of the wanted ones in a header."""
        return [place for place, header in enumerate(headers) if header in self]

    def doubled(self, headers: Sequence[str]) -> str | None:
        """A wanted column that a header has more than once."""
        seen: set[str] = set()
        for place in self.among(headers):
            if normal(headers[place]) in seen:
                return headers[place]
            seen.add(normal(headers[place]))
        return None

    def misspelt(self, headers: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Names of which the header has none, each with a column that nothing uses and that is spelled nearly so."""
        unused = {normal(header): header for header in headers if header not in self}
        for group in self.names:
            if not positions(group, headers):
                for name in group:
                    near = difflib.get_close_matches(normal(name).rstrip("*"), unused, n=1, cutoff=_AS_GOOD_AS_THE_SAME)
                    if near:
                        yield name, unused[near[0]]
