"""Columns of a kind of which a mapping's list `for` names others: no rule reads what they tell until it names them.

A list `for` says so by two texts, of which one holds the other: `stage: Demo`, `entered: 'Date entered "Demo*'`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow.compute as pc

from ingest.mapped.language import Rule, SourceObject
from ingest.mapped.looking import Use
from ingest.mapped.names import Wanted, names_in, normal
from orchestration.checking.texts import Texts

_BEHIND_A_NAME = re.compile(r"\s*([\"']\s*)?(\([^()]*\)\s*)?([\"']\s*)?$")


@dataclass(frozen=True)
class Kind:
    """What the items of a list `for` have in common: which text is the value, and what stands before it in others."""

    items: tuple[Mapping[str, str], ...]
    value: str
    before: Mapping[str, str]

    def item_of(self, header: str, value: str) -> dict[str, str]:
        """The item that names the columns of a value, as one of them does, but not those of `Demo done` for `Demo`."""
        behind = " (" if normal(f"{value} (") in normal(header) else ""
        told = {key: f"{start}{value}{behind}*" for key, start in self.before.items()}
        return {key: told.get(key, value) for key in self.items[0]}

    def start_of(self, header: str) -> str | None:
        """What stands before the value in a column of this kind, None in any other."""
        return next((start for start in self.before.values() if normal(header).startswith(normal(start))), None)


def kinds_of(one: SourceObject) -> Iterator[Kind]:
    """The kinds of columns that an object's rules name by lists, each once."""
    told = [kind for rule in one.rows for kind in _of_rule(rule)]
    yield from (kind for place, kind in enumerate(told) if kind not in told[:place])


def unnamed_items(
    one: SourceObject, texts: Texts, uses: Mapping[str, Sequence[Use]], unused: Iterable[str] = ()
) -> dict[str, dict[str, str]]:
    """The columns of a file that a list should name, each with its item; not those that are empty in all rows.

    `unused` are columns of the file that its texts do not have.
    """
    values = _through_tables(texts, uses)
    filled = [name for name in texts.names if any(texts.table[texts.column(name)].to_pylist())]
    found: dict[str, dict[str, str]] = {}
    for kind in kinds_of(one):
        for header, value in unnamed(one, kind, [*filled, *unused], values).items():
            found.setdefault(header, kind.item_of(header, value))
    return found


def _through_tables(texts: Texts, uses: Mapping[str, Sequence[Use]]) -> set[str]:
    """The values that a file has where a table says what they mean."""
    listed = (texts.table[texts.column(name)] for name, used in uses.items() if any(use.table for use in used))
    return {value.strip() for column in listed for value in pc.unique(column).to_pylist() if value and value.strip()}


def unnamed(one: SourceObject, kind: Kind, headers: Iterable[str], values: Iterable[str]) -> dict[str, str]:
    """The columns of a kind that no rule reads by a name of their own, each with the value that it is probably of."""
    starts = [normal(start) for start in kind.before.values()]
    bindings = [(rule, binding) for rule in one.rows for binding in rule.bindings]
    groups = [group for rule, binding in bindings for group in names_in(rule, binding)]
    # What takes all columns of the kind says nothing of one of them.
    own = [name for group in groups for name in group if not _takes_all(normal(name), starts)]
    read = Wanted([tuple(own)])
    known = sorted(values, key=len, reverse=True)
    found = {}
    for header in headers:
        start = kind.start_of(header)
        if start is None or header in read:
            continue
        rest = header.strip()[len(start) :]
        meant = next((value for value in known if normal(rest).startswith(normal(value))), None)
        name = meant or _BEHIND_A_NAME.sub("", rest)
        if name:
            found[header] = name
    return found


def _takes_all(name: str, starts: Sequence[str]) -> bool:
    return name.endswith("*") and any(start.startswith(name[:-1]) for start in starts)


def _of_rule(rule: Rule) -> Iterator[Kind]:
    items = rule.bindings
    for value in items[0]:
        before: dict[str, str] = {}
        for item in items:
            for key, text in item.items():
                start = text.removesuffix(f"{item[value]}*")
                if key != value and start and start != text:
                    before.setdefault(key, start)
        if before and len(before) == len(items[0]) - 1:
            yield Kind(tuple(items), value, before)
