"""Who works at the simulated company: the rows of reps.csv and who acts on which day.
Reps come from the file only; nobody is made up here.
"""

import csv
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.errors import RevloopError
from ingest.simulate.clock import DAY, EPOCH, Span

_COLUMNS = ("rep_id", "team", "department", "started_on", "ended_on")
_LEAST_SLOTS = 97
_SLOTS_A_REP = 8
# In these teams whoever came last takes two turns, as newcomers do until somebody looks at their load.
_LEANS_ON_NEWCOMERS = ("inbound_sr",)


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


def rep_of(row: Mapping[str, str]) -> Rep:
    """The rep that a row of reps.csv is. Raises ValueError for a date that is none."""
    return Rep(
        rep_id=row["rep_id"],
        team=row["team"],
        department=row["department"],
        started_on=dt.date.fromisoformat(row["started_on"]),
        ended_on=dt.date.fromisoformat(row["ended_on"]) if row["ended_on"] else None,
    )


def first_of_departments(reps: Iterable[Rep]) -> dict[str, str]:
    """The rep_id of the first one in each department who is still there."""
    return {rep.department: rep.rep_id for rep in reversed([*reps]) if rep.ended_on is None}


def _rep(path: Path, number: int, row: Mapping[str, str]) -> Rep:
    try:
        return rep_of(row)
    except ValueError as error:
        raise RevloopError(f"{path}, row {number}: {error}. Write dates as YYYY-MM-DD.") from error


class Roster:
    """Who of a team acts on a day. A key keeps its rep for as long as that rep is in the team."""

    def __init__(self, reps: Sequence[Rep], span: Span) -> None:
        self.rep_ids = tuple(dict.fromkeys(rep.rep_id for rep in reps))
        self._span = span
        rotas = {team: _rota(team, reps) for team in dict.fromkeys(rep.team for rep in reps)}
        self.turns = max(_LEAST_SLOTS, _SLOTS_A_REP * max(map(len, rotas.values())) + 1)
        self._slots = {team: self._slots_of(rota) for team, rota in rotas.items()}

    def on_duty(self, team: str, at: NDArray[np.int64], keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """The place in `rep_ids` of the one who acts for each key, -1 where the team is empty."""
        if team not in self._slots:
            return np.full(len(at), -1)
        days = np.clip(at // DAY, self._span.first_day, self._span.end_day - 1) - self._span.first_day
        return self._slots[team][days, keys % self.turns]

    def _slots_of(self, rota: list[Rep]) -> NDArray[np.int64]:
        places = {rep_id: place for place, rep_id in enumerate(self.rep_ids)}
        first, days = self._span.first_day, self._span.end_day - self._span.first_day
        slots = np.full((days, self.turns), -1)
        for slot in range(self.turns):
            for shift in range(len(rota)):
                rep = rota[(slot + shift) % len(rota)]
                since = max((rep.started_on - EPOCH).days - first, 0)
                until = (rep.ended_on - EPOCH).days - first if rep.ended_on else days
                free = slots[since : max(until, 0), slot]
                free[free < 0] = places[rep.rep_id]
                if slots[0, slot] >= 0 and slots[:, slot].min() >= 0:
                    break
        return slots


def _rota(team: str, reps: Sequence[Rep]) -> list[Rep]:
    members = [rep for rep in reps if rep.team == team]
    newest = max(rep.started_on for rep in members)
    more = [rep for rep in members if rep.started_on == newest] if team in _LEANS_ON_NEWCOMERS else []
    return members + more
