"""Who works at the simulated company: the rows of reps.csv and who acts on which day.
Reps come from the file only; nobody is made up here.
"""

import csv
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.errors import RevloopError
from ingest.simulate.clock import DAY, END_DAY, EPOCH, FIRST_DAY

_COLUMNS = ("rep_id", "team", "department", "started_on", "ended_on")
_SLOTS = 97


@dataclass(frozen=True)
class Rep:
    """One rep in one team from `started_on` on, up to and without `ended_on` (None = still)."""

    rep_id: str
    team: str
    department: str
    started_on: dt.date
    ended_on: dt.date | None


def read_reps(path: Path) -> list[Rep]:
    """Read reps.csv: one Rep per row, in the file's order.

    Raises RevloopError if the file is missing, lacks a column or holds a date that is none.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines))
    except FileNotFoundError as error:
        raise RevloopError(f"There are no reps at {path}. Restore the seed reps.csv.") from error
    missing = [column for column in _COLUMNS if rows and column not in rows[0]]
    if missing:
        raise RevloopError(f"{path} has no column {', '.join(missing)}. Add it to the header.")
    return [_rep(path, number, row) for number, row in enumerate(rows, start=1)]


def _rep(path: Path, number: int, row: dict[str, str]) -> Rep:
    try:
        return Rep(
            rep_id=row["rep_id"],
            team=row["team"],
            department=row["department"],
            started_on=dt.date.fromisoformat(row["started_on"]),
            ended_on=dt.date.fromisoformat(row["ended_on"]) if row["ended_on"] else None,
        )
    except ValueError as error:
        raise RevloopError(f"{path}, row {number}: {error}. Write dates as YYYY-MM-DD.") from error


class Roster:
    """Who of a team acts on a day. A key keeps its rep for as long as that rep is in the team."""

    def __init__(self, reps: Sequence[Rep]) -> None:
        self.rep_ids = tuple(dict.fromkeys(rep.rep_id for rep in reps))
        teams = dict.fromkeys(rep.team for rep in reps)
        self._slots = {team: self._slots_of([r for r in reps if r.team == team]) for team in teams}

    def on_duty(self, team: str, at: NDArray[np.int64], keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """The place in `rep_ids` of the one who acts for each key, -1 where the team is empty."""
        if team not in self._slots:
            return np.full(len(at), -1)
        days = np.clip(at // DAY - FIRST_DAY, 0, END_DAY - FIRST_DAY - 1)
        return self._slots[team][days, keys % _SLOTS]

    def _slots_of(self, members: list[Rep]) -> NDArray[np.int64]:
        places = {rep_id: place for place, rep_id in enumerate(self.rep_ids)}
        slots = np.full((END_DAY - FIRST_DAY, _SLOTS), -1)
        for shift in range(len(members)):
            for slot in range(_SLOTS):
                rep = members[(slot + shift) % len(members)]
                since = max((rep.started_on - EPOCH).days - FIRST_DAY, 0)
                until = (rep.ended_on - EPOCH).days - FIRST_DAY if rep.ended_on else None
                free = slots[since : max(until, 0) if until is not None else None, slot]
                free[free < 0] = places[rep.rep_id]
        return slots
