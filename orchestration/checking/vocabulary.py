"""The words that a process knows, by the feed column they stand in, and which of them a text probably means.

The seeds say which there are, `words.yml` what they are called besides; what is listed nowhere is found by the models.
"""

import csv
import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.errors import RevloopError
from ingest.feeds import PHASES
from orchestration.checking.words import folded, is_spaceless, words

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
# Whether a deal is won or lost, which is a word of `words.yml` alone.
DEAL = "deal"
# The stages that an open deal may be in.
PHASE = "phase"


@dataclass(frozen=True)
class Vocabulary:
    """The listed words of each column, each with the names that it goes by, itself included."""

    words: Mapping[str, Mapping[str, tuple[str, ...]]]
    seeds: Mapping[str, Sequence[Mapping[str, str]]]

    @classmethod
    def read(cls, project: Path) -> "Vocabulary":
        """What the seeds of a project list."""
        seeds = {seed: _rows(project, seed) for seed in (*(seed for seed, _, _ in _LISTS.values()), *_OTHERS)}
        listed = {
            column: {
                row[word]: tuple(row[name] for name in (word, *names) if row.get(name))
                for row in seeds[seed]
                if row.get(word)
            }
            for column, (seed, word, names) in _LISTS.items()
        }
        listed[PHASE] = {word: names for word, names in listed["stage"].items() if word in PHASES}
        further = words().values
        for column, its in further.items():
            for word, names in its.items():
                known = listed.setdefault(column, {})
                known[word] = (*known.get(word, (word,)), *names)
        return cls(listed, seeds)

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
        if is_spaceless(wanted):
            return self._within(column, wanted)
        # Whole words tell it too, if of one alone: `Qualified` is `Marketing qualified`, never `disqualified`.
        for held in (lambda name: _holds(name, text), lambda name: _holds(text, name)):
            found = {word for word, its in self.words.get(column, {}).items() if any(map(held, its))}
            if found:
                return found.pop() if len(found) == 1 else None
        near = difflib.get_close_matches(wanted, names, n=1, cutoff=_LEAST_LIKENESS)
        if near and not near[0].endswith(wanted) and not wanted.endswith(near[0]):
            return names[near[0]]
        return None

    def _within(self, column: str, wanted: str) -> str | None:
        """The one word of which a name stands in a text of a language without blanks, the longest name counting."""
        found: dict[str, int] = {}
        for word, its in self.words.get(column, {}).items():
            names = (folded(name) for name in its)
            lengths = [len(name) for name in names if len(name) > 1 and is_spaceless(name) and name in wanted]
            if lengths:
                found[word] = max(lengths)
        longest = [word for word, length in found.items() if length == max(found.values())]
        if len(longest) != 1:
            return None
        if taking := words().beside.get(column):
            names = sorted(map(folded, self.words[column][longest[0]]), key=len, reverse=True)
            rest = wanted.replace(next(name for name in names if name in wanted), "", 1)
            return None if any(folded(one) in rest for one in taking) else longest[0]
        return longest[0]


def _holds(text: str, part: str) -> bool:
    """Whether the words of a part all stand in a text, and nothing there denies them."""
    given, wanted = set(_words(text)), set(_words(part))
    return bool(wanted) and wanted <= given and max(map(len, wanted)) >= _LEAST_LETTERS and not given & _DENYING


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold().replace("_", " "))


def _rows(project: Path, seed: str) -> list[dict[str, str]]:
    path = next(project.glob(f"seeds/**/{seed}.csv"), None)
    if path is None:
        raise RevloopError(f"no {seed}.csv under {project / 'seeds'}: restore it")
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))
