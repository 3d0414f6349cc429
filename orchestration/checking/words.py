"""What CRMs call objects, columns and values in several languages, as `words.yml` lists it, and which one a name means.

What is made of it is decided in `strangers` and `vocabulary`.
"""

import difflib
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_FILE = Path(__file__).with_name("words.yml")
_IN_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|<[^<>]*>")
_JOINING = re.compile(r"[\s_./()\"'*:#-]+")
_LEAST_LIKENESS = 0.85
# A shorter name is not compared letter by letter.
_LEAST_LETTERS = 6


@dataclass(frozen=True)
class Kind:
    """What a file may be of: how files of the kind are called, and how its columns are, the usual name first."""

    called: tuple[str, ...]
    columns: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Words:
    """The lists of words; `values` by column and code.

    `alone` are those that end names of any meaning; `beside` has, by column, what takes the meaning from a word.
    """

    kinds: Mapping[str, Kind]
    values: Mapping[str, Mapping[str, tuple[str, ...]]]
    alone: frozenset[str]
    beside: Mapping[str, tuple[str, ...]]


@cache
def words() -> Words:
    """All words."""
    given: Any = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    kinds = {
        name: Kind(tuple(one["called"]), {column: tuple(its) for column, its in one["columns"].items()})
        for name, one in given["kinds"].items()
    }
    values = {column: {code: tuple(its) for code, its in codes.items()} for column, codes in given["values"].items()}
    beside = {"deal": tuple(given["not_yet"]), "outcome": tuple(given["denying"])}
    return Words(kinds, values, frozenset(map(folded, given["alone"])), beside)


def folded(text: str) -> str:
    """A text without case, blanks, width and what joins words."""
    return _JOINING.sub("", unicodedata.normalize("NFKC", text)).casefold()


def bare(header: str) -> str:
    """A column's name without what stands in brackets: `금액(원)` is 금액."""
    return _IN_BRACKETS.sub(" ", unicodedata.normalize("NFKC", header))


def is_spaceless(text: str) -> bool:
    """Whether a word is of a language that joins words without blanks."""
    return any(ord(letter) >= 0x1100 for letter in text)


@dataclass(frozen=True, order=True)
class Meant:
    """That a header probably is a column: the least is the surest."""

    rank: tuple[int, int, int]
    column: str
    header: str


def meant(columns: Mapping[str, Sequence[str]], headers: Sequence[str]) -> Iterator[Meant]:
    """Which columns each header may be, by the words of the columns."""
    for header in headers:
        name = bare(header)
        whole, parts = folded(name), re.findall(r"\w+", name.replace("_", " ").casefold())
        for place, (column, its) in enumerate(columns.items()):
            ranks = [
                (*rank, order) for order, word in enumerate(its) if (rank := _rank(word, whole, parts)) is not None
            ]
            if ranks:
                least = min(ranks)
                yield Meant((least[0], least[1], least[2] * 100 + place), column, header)


def _rank(word: str, whole: str, parts: Sequence[str]) -> tuple[int, int] | None:
    """How surely a name is a word: the same, ended by it (the longer the better), spelled nearly so."""
    wanted = folded(word)
    if whole == wanted:
        return 0, 0
    if wanted in words().alone:
        return None
    if is_spaceless(word):
        return (1, -len(wanted)) if len(wanted) > 1 and whole.endswith(wanted) else None
    last = re.findall(r"\w+", word.casefold())
    if len(parts) > len(last) and list(parts[-len(last) :]) == last and len(wanted) > 1:
        return 1, -len(wanted)
    is_part = whole.startswith(wanted) or wanted.startswith(whole)
    if (
        len(wanted) >= _LEAST_LETTERS
        and not is_part
        and difflib.SequenceMatcher(None, wanted, whole).ratio() >= _LEAST_LIKENESS
    ):
        return 2, 0
    return None
