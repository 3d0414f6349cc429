"""The words that a process knows, by the feed column they stand in, and which of them a text probably means.

The seeds say which there are; what is listed nowhere is found by the models.
"""

import csv
import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.errors import RevloopError

# Column of a feed: the seed, its column, and columns with other names of the same thing.
_LISTS: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "stage": ("stages", "stage", ("label_en", "label_ko", "label_ja")),
    "activity_type": ("activity_types", "activity_type", ()),
    "outcome": ("stage_criteria", "outcome", ()),
    "reason": ("lost_reasons", "reason", ()),
    "lead_source": ("lead_sources", "lead_source", ("label",)),
    "owner_id": ("reps", "rep_id", ("name",)),
}
# An id with another digit is somebody else.
_WITHOUT_NEIGHBOURS = frozenset({"owner_id"})
_OTHERS = ("exchange_rates",)
_LEAST_LIKENESS = 0.72
_LEAST_LETTERS = 4
_DENYING = frozenset({"no", "not", "non", "never"})


@dataclass(frozen=True)
class Vocabulary:
    """The listed words of each column, each with the names that it goes by, itself included."""

    words: Mapping[str, Mapping[str, tuple[str, ...]]]
    seeds: Mapping[str, Sequence[Mapping[str, str]]]

    @classmethod
    def read(cls, project: Path) -> "Vocabulary":
        """What the seeds of a project list."""
        seeds = {seed: _rows(project, seed) for seed in (*(seed for seed, _, _ in _LISTS.values()), *_OTHERS)}
        words = {
            column: {
                row[word]: tuple(row[name] for name in (word, *names) if row.get(name))
                for row in seeds[seed]
                if row.get(word)
            }
            for column, (seed, word, names) in _LISTS.items()
        }
        return cls(words, seeds)

    def knows(self, column: str, text: str) -> bool:
        """Whether a text is a listed word of a column as it stands."""
        return text in self.words.get(column, {})

    def nearest(self, column: str, text: str) -> str | None:
        """The listed word that a text probably means, by any name that it goes by."""
        # Who is named by an address is named before its @.
        wanted = folded(text.partition("@")[0] if column in _WITHOUT_NEIGHBOURS else text)
        names = {folded(name): word for word, its in self.words.get(column, {}).items() for name in its}
        if wanted in names:
            return names[wanted]
        if column in _WITHOUT_NEIGHBOURS:
            return None
        # Whole words tell it too, if of one alone: `Qualified` is `Marketing qualified`, never `disqualified`.
        for held in (lambda name: _holds(name, text), lambda name: _holds(text, name)):
            found = {word for word, its in self.words.get(column, {}).items() if any(map(held, its))}
            if found:
                return found.pop() if len(found) == 1 else None
        near = difflib.get_close_matches(wanted, names, n=1, cutoff=_LEAST_LIKENESS)
        if near and not near[0].endswith(wanted) and not wanted.endswith(near[0]):
            return names[near[0]]
        return None


def _holds(text: str, part: str) -> bool:
    """Whether the words of a part all stand in a text, and nothing there denies them."""
    words, wanted = set(_words(text)), set(_words(part))
    return bool(wanted) and wanted <= words and max(map(len, wanted)) >= _LEAST_LETTERS and not words & _DENYING


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold().replace("_", " "))


def folded(text: str) -> str:
    """A text without case, blanks and what joins words."""
    return re.sub(r"[\s_./()-]+", "", text).casefold()


def _rows(project: Path, seed: str) -> list[dict[str, str]]:
    path = next(project.glob(f"seeds/**/{seed}.csv"), None)
    if path is None:
        raise RevloopError(f"no {seed}.csv under {project / 'seeds'}: restore it")
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))
