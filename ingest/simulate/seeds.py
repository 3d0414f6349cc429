"""The three seeds that belong to a made-up company: reps, targets and campaign_spend, as CSV files.
Their figures come from `staff` and `budget`; which seeds a project ships is decided here too.
"""

import csv
import datetime as dt
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ingest.errors import RevloopError
from ingest.simulate import budget
from ingest.simulate.clock import Span, months_later
from ingest.simulate.reps import Rep, rep_of
from ingest.simulate.staff import COLUMNS, USUAL_LEADS, staff

# The shipped seeds serve the usual company in these months; spend before its first lead would be spent on nobody.
SHIPPED_FROM, SHIPPED_UNTIL = dt.date(2024, 12, 1), dt.date(2028, 12, 1)
_MONTHS_AHEAD = 6


def shipped() -> dict[str, str]:
    """The shipped seeds, by file name."""
    months = budget.months_between(SHIPPED_FROM, SHIPPED_UNTIL)
    return _texts(USUAL_LEADS, months, staff(USUAL_LEADS))


def said_of_shipped() -> str:
    """For which company the shipped seeds are, in one line."""
    return (
        f"the shipped reps, targets and campaign_spend are of {USUAL_LEADS:,} leads, in {SHIPPED_FROM:%Y-%m} to "
        f"{SHIPPED_UNTIL:%Y-%m}; --seeds DIR writes those of another company"
    )


def reps_of(leads: int, until: dt.date) -> list[Rep]:
    """The staff of a company of that many leads at that day."""
    return [rep_of(row) for row in staff(leads, until)]


def fitting(leads: int, until: dt.date) -> dict[str, str]:
    """The seeds of a company of that many leads at that day, some months ahead, by file name."""
    months = budget.months_between(Span(until).first_date, months_later(until, _MONTHS_AHEAD))
    return _texts(leads, months, staff(leads, until))


def write(folder: Path, texts: Mapping[str, str]) -> list[Path]:
    """Write seeds below a folder: in the place of a file of that name, else in the folder itself.

    Raises RevloopError if they cannot be written, or a name is there more than once.
    """
    places = {name: _place(folder, name) for name in texts}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, path in places.items():
            path.write_text(texts[name], encoding="utf-8")
    except OSError as error:
        raise RevloopError(f"Cannot write seeds to {folder}: {error.strerror}. Name a folder of yours.") from error
    return list(places.values())


def _place(folder: Path, name: str) -> Path:
    present = sorted(folder.rglob(name))
    if len(present) > 1:
        raise RevloopError(f"{present[0]} and {present[1]} are one seed. Remove one of them.")
    return present[0] if present else folder / name


def _texts(leads: int, months: Sequence[dt.date], reps: Sequence[dict[str, str]]) -> dict[str, str]:
    return {
        "reps.csv": _csv(COLUMNS, reps),
        "targets.csv": _csv(budget.TARGET_COLUMNS, budget.targets(leads, months, reps)),
        "campaign_spend.csv": _csv(budget.SPEND_COLUMNS, budget.campaign_spend(leads, months)),
    }


def _csv(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
