"""Columns that probably mean the same under other names."""

import difflib
import re
from collections.abc import Iterable, Sequence

from ingest.mapped.names import normal, positions
from orchestration.checking.words import folded

_LEAST_LIKENESS = 0.82
_LEAST_LETTERS = 3


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
