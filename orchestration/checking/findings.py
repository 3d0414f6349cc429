"""What a check tells: findings, each one line, of a file or of all files together, and how they are written down.

What is found is decided by the modules beside this one.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum

MOST_OF_A_FILE = 40


class Weight(IntEnum):
    """How much a finding asks of a person."""

    LOOK = 0
    NOTE = 1
    TOLD = 2


@dataclass(frozen=True)
class Finding:
    """One line."""

    text: str
    weight: Weight

    def __str__(self) -> str:
        return self.text if self.weight is Weight.TOLD else f"{self.weight.name.lower()}: {self.text}"


def look(text: str) -> Finding:
    """What a person should look at before the file is loaded."""
    return Finding(text, Weight.LOOK)


def note(text: str) -> Finding:
    """What is good to know."""
    return Finding(text, Weight.NOTE)


def told_of(text: str) -> Finding:
    """What was asked for, such as the funnel."""
    return Finding(text, Weight.TOLD)


@dataclass
class Chapter:
    """A heading, and what was found under it."""

    heading: str
    findings: list[Finding] = field(default_factory=list)

    @property
    def lines(self) -> Iterator[str]:
        """The heading and a line for each finding, those to look at first."""
        yield self.heading
        found = sorted(self.findings, key=lambda finding: finding.weight)
        yield from (f"  {finding}" for finding in found[:MOST_OF_A_FILE])
        if len(found) > MOST_OF_A_FILE:
            yield f"  {len(found) - MOST_OF_A_FILE} more: mend these first, then check again"


@dataclass(frozen=True)
class Report:
    """All that a check found, in the order in which a person reads it."""

    chapters: list[Chapter]

    @property
    def looks(self) -> int:
        """How many findings a person should look at."""
        return sum(finding.weight is Weight.LOOK for chapter in self.chapters for finding in chapter.findings)

    @property
    def lines(self) -> Iterator[str]:
        """The whole report, what to make of it last."""
        for chapter in self.chapters:
            yield from chapter.lines
        things = "1 thing" if self.looks == 1 else f"{self.looks} things"
        yield f"{f'{things} to look at' if self.looks else 'all is well'}; nothing was loaded"


def rows(count: int) -> str:
    """A number of rows as a person says it."""
    return "1 row" if count == 1 else f"{count:,} rows"


def shown(text: str, most: int = 60) -> str:
    """A value in quotes, in one line, cut where it gets too long to be an example."""
    line = " ".join(text.split())
    return f"'{line if len(line) <= most else line[: most - 1] + '…'}'"


def listed(names: Iterable[str], most: int = 12) -> str:
    """Names one after the other; of many the first, and how many more."""
    given = list(names)
    more = f" and {len(given) - most} more" if len(given) > most else ""
    return f"{', '.join(f'`{name}`' for name in given[:most])}{more}"
