"""What a file of a CRM without a mapping is: by its name, by the names of its columns, and by what they hold.

Which names and words mean what is listed in `words.yml`; the mapping of such files is written in `suggested_objects`.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import pyarrow.compute as pc

from ingest.feeds import FEEDS
from orchestration.checking.spellings import date_format
from orchestration.checking.texts import Texts
from orchestration.checking.words import Meant, folded, is_spaceless, meant, words

# The feed whose rows a file of a kind makes; of a company and of a deal there is none.
FEED_OF = {"contacts": "leads", "activities": "activities", "contracts": "contracts"}
KEYS = {
    "contacts": "lead_id",
    "companies": "company_id",
    "deals": "deal_id",
    "activities": "activity_id",
    "contracts": "contract_id",
}
# By what a row says whose it is, the surest first.
REFERENCES = ("contact_id", "email", "deal_id", "contact_name", "company_name", "deal_name")
# What makes a kind, where more than one kind has such columns.
_TELLING = 2.0
_CALLED = 3.0
_SURE = (1.0, 0.9, 0.7)
_ROWS_LOOKED_AT = 1_000
_MOST_WORDS = 60
_DATES = frozenset(
    {"created_at", "updated_at", "occurred_at", "expected_close_on", "won_at", "lost_at", "closed_at", "stage_since"}
    | {"signed_at", "starts_on", "ends_on"}
)
_NUMBERS = frozenset({"amount", "mrr", "employee_count"})
_NAMES = frozenset({"full_name", "family_name", "given_name", "contact_name", "company_name", "owner_id", "actor_id"})
_LISTS = frozenset({"stage", "status", "activity_type", "outcome", "currency", "opted_out"})
_LIST = re.compile(r"\w+(?:; ?\w+)+")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
_CURRENCIES = {"KRW": ("원", "₩", "KRW"), "JPY": ("円", "¥", "￥", "JPY"), "USD": ("$", "USD"), "EUR": ("€", "EUR")}
# What a required column is called, where it is told by what it holds.
_HINTS: Mapping[str, tuple[str, ...]] = {
    "lead_id": ("contact", "person", "lead", "id"),
    "activity_id": ("activity", "id"),
    "contract_id": ("contract", "subscription", "id"),
    "deal_id": ("deal", "id"),
    "created_at": ("created", "date"),
    "occurred_at": ("date", "time", "created", "when"),
}
_BY_CONTENT: Mapping[str, tuple[str, ...]] = {
    "contacts": ("lead_id", "created_at"),
    "companies": ("company_id",),
    "deals": ("deal_id", "created_at"),
    "activities": ("activity_id", "occurred_at"),
    "contracts": ("contract_id", "signed_at", "starts_on"),
}


@dataclass(frozen=True)
class Stranger:
    """Files of one kind and one header: which of their columns is what, `guessed` by what they hold alone."""

    name: str
    kind: str
    paths: tuple[Path, ...]
    texts: tuple[Texts, ...]
    columns: Mapping[str, str]
    guessed: frozenset[str] = field(default=frozenset())
    _values: dict[str, list[str]] = field(default_factory=dict, init=False)
    _sets: dict[str, frozenset[str]] = field(default_factory=dict, init=False)

    @property
    def headers(self) -> tuple[str, ...]:
        """The names of the columns."""
        return self.texts[0].names

    @cached_property
    def unnamed(self) -> list[str]:
        """The columns that are none of those known."""
        return [header for header in self.headers if header not in self.columns.values()]

    def values(self, header: str) -> list[str]:
        """What a column holds, each value once, empty ones left out."""
        if header not in self._values:
            found = (pc.unique(texts.table[texts.column(header)]).to_pylist() for texts in self.texts)
            self._values[header] = list(dict.fromkeys(value for values in found for value in values if value))
        return self._values[header]

    def between(self, header: str) -> str | None:
        """What stands between the items of a column of lists of ids, None of any other column."""
        is_list = any(";" in value and _LIST.fullmatch(value.strip()) for value in self.values(header))
        return ";" if is_list else None

    def shares(self, header: str, others: "Stranger", other: str) -> float:
        """Which share of the values of a column stands in a column of others."""
        own = self._items(header)
        return len(own & others._items(other)) / max(len(own), 1)

    def _items(self, header: str) -> frozenset[str]:
        if header not in self._sets:
            by = self.between(header)
            given = (value.split(by) if by else [value] for value in self.values(header))
            self._sets[header] = frozenset(item.strip().casefold() for items in given for item in items)
        return self._sets[header]


def strangers(files: Iterable[tuple[Path, Texts]], names: Callable[[Path, str], str]) -> list[Stranger]:
    """The files by kind and header; `names` gives an object of a kind, by its first file, a name of its own."""
    made: dict[tuple[str, tuple[str, ...]], Stranger] = {}
    told = [(path, texts, *_kind_of(path, texts)) for path, texts in files]
    if all(kind == "companies" for _, _, kind, _ in told):
        # Companies are only looked up by others; alone they are leads.
        told = [(path, texts, "contacts", _named(_columns_of("contacts", texts))) for path, texts, _, _ in told]
    for path, texts, kind, columns in told:
        one = made.get((kind, texts.names))
        if one is not None:
            made[kind, texts.names] = replace(one, paths=(*one.paths, path), texts=(*one.texts, texts))
            continue
        guessed = dict(_by_content(kind, texts, columns))
        name = names(path, kind)
        made[kind, texts.names] = Stranger(name, kind, (path,), (texts,), columns | guessed, frozenset(guessed))
    return list(made.values())


def _kind_of(path: Path, texts: Texts) -> tuple[str, dict[str, str]]:
    """The kind of which a file has most, by its name and the names of its columns."""
    found = {kind: _columns_of(kind, texts) for kind in words().kinds}
    everywhere = [column for columns in found for column in words().kinds[columns].columns]
    called = _called(path)
    scores = {
        kind: sum(
            _SURE[rank] * (_TELLING if everywhere.count(column) == 1 else 1) for column, (_, rank) in columns.items()
        )
        + _CALLED * (kind == called)
        for kind, columns in found.items()
    }
    best = max(scores, key=lambda kind: scores[kind])
    return best, _named(found[best])


def _named(columns: Mapping[str, tuple[str, int]]) -> dict[str, str]:
    return {column: header for column, (header, _) in columns.items()}


def _called(path: Path) -> str | None:
    """The kind by the longest word that a file's name has."""
    name, parts = folded(path.stem), re.findall(r"[a-z]+", path.stem.casefold())
    lengths = {
        kind: max(
            (len(word) for word in map(folded, one.called) if (word in name if is_spaceless(word) else word in parts)),
            default=0,
        )
        for kind, one in words().kinds.items()
    }
    longest = max(lengths, key=lambda kind: lengths[kind])
    return longest if lengths[longest] else None


def _columns_of(kind: str, texts: Texts) -> dict[str, tuple[str, int]]:
    """The columns of a kind that a file has, each with how sure its name is."""
    listed = dict(words().kinds[kind].columns)
    if kind in FEED_OF:
        for name in FEEDS[FEED_OF[kind]].column_names:
            listed[name] = (name, *listed.get(name, ()))
    found: dict[str, tuple[str, int]] = {}
    taken: set[str] = set()
    values = {header: _sample(texts, header) for header in texts.names}
    for one in sorted(meant(listed, texts.names)):
        if one.column not in found and one.header not in taken and _may_be(one, values[one.header]):
            found[one.column] = (one.header, one.rank[0])
            taken.add(one.header)
    # What is a name beside a family name is a name alone without one.
    if "family_name" in found and "given_name" not in found and "full_name" in found:
        found["given_name"] = found.pop("full_name")
    elif "given_name" in found and "family_name" not in found and "full_name" not in found:
        found["full_name"] = found.pop("given_name")
    return found


def _may_be(one: Meant, values: Sequence[str]) -> bool:
    """Whether a column may hold these values, as far as they tell; a name that is sure is believed."""
    column, is_sure = one.column, one.rank[0] == 0
    if not values:
        return True
    if column in _NAMES:
        return _share(values, lambda text: not re.fullmatch(r"[\d\s()+./-]*", text) and "@" not in text) > 0.5
    if column in _LISTS:
        return len(set(values)) <= _MOST_WORDS
    if column in KEYS.values() and not is_sure:
        return len(set(values)) > 0.9 * len(values)
    if column in _DATES and not is_sure:
        return _share(values, is_date) > 0.5
    if column in _NUMBERS and not is_sure:
        return _share(values, lambda text: bool(re.search(r"\d", text)) and not is_date(text)) > 0.5
    if column == "email" and not is_sure:
        return _share(values, lambda text: "@" in text) > 0.5
    return True


def _by_content(kind: str, texts: Texts, columns: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The columns without which there is no row, told by what they hold: an id, or a date."""
    taken = set(columns.values())
    for column in _BY_CONTENT[kind]:
        if column in columns:
            continue
        fitting = [header for header in texts.names if header not in taken and _holds(column, _sample(texts, header))]
        hints = _HINTS.get(column, ())
        fitting.sort(key=lambda header: -sum(hint in header.lower() for hint in hints))
        if fitting:
            taken.add(fitting[0])
            yield column, fitting[0]


def _holds(column: str, values: Sequence[str]) -> bool:
    if column in _DATES:
        return bool(values) and _share(values, is_date) > 0.9
    return bool(values) and len(set(values)) == len(values) and not _share(values, is_date) > 0.5


def is_date(text: str) -> bool:
    """Whether a text is spelled like a date."""
    return bool(_ISO.match(text) or date_format(text))


def _share(values: Sequence[str], holds: Callable[[str], bool]) -> float:
    return sum(map(holds, values)) / len(values)


def _sample(texts: Texts, header: str) -> list[str]:
    return [text for text in texts.table[texts.column(header)][:_ROWS_LOOKED_AT].to_pylist() if text]


def anchor_of(one: Stranger) -> str:
    """A name that YAML may call the columns of an object by."""
    return re.sub(r"\W", "_", one.name, flags=re.ASCII)


def currency_of(one: Stranger, header: str) -> str | None:
    """The currency of amounts that name none, as their column or else the language of the file says it."""
    told = header + "".join(list(one.values(header))[:_ROWS_LOOKED_AT])
    found = next((code for code, signs in _CURRENCIES.items() if any(sign in told for sign in signs)), None)
    found = found or {"ko": "KRW", "ja": "JPY"}.get(language_of(one.headers) or "")
    return f"{{constant: {found}}}  # ? the currency of the amounts" if found else None


def language_of(headers: Iterable[str]) -> str | None:
    """Whether names are Korean or Japanese."""
    text = "".join(headers)
    if re.search("[가-힣]", text):
        return "ko"
    return "ja" if re.search("[ぁ-ヿ一-鿿]", text) else None
