"""The forecast of one quarter read a second time, in plain Python and forwards: day by day through the phases.

It shares no code with the models, which reckon backwards from the win; what they are to agree on is the tests' affair.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

DAY = dt.timedelta(days=1)
BANDS = (0, 1, 2, 3, 4, 5, 6, 7, 9, 11, 14, 18, 23, 30, 40, 55, 75, 100, 140)
WIN, LOSS = 6, 7
Z = 1.2815515655446004

Stays = Mapping[tuple[str, int], Counter[tuple[int, int]]]


@dataclass(frozen=True)
class Known:
    """One opportunity as known at the origin; `entered` are its first entries into p1 to p5."""

    segment: str
    created_at: dt.datetime
    status: str
    closed_at: dt.datetime | None
    phase: int
    phase_entered_at: dt.datetime
    entered: tuple[dt.datetime | None, ...]
    amount: float | None
    amount_at_close: float | None


@dataclass(frozen=True)
class Expected:
    """What open and new opportunities of a segment are expected to bring, and the variance of both together."""

    open_amount: float
    new_amount: float
    variance: float


class LifeTable:
    """Of each segment and phase: the share that moves on after so many days, and where it goes."""

    def __init__(self, opportunities: Iterable[Known], origin_at: dt.datetime, segments: Sequence[str]) -> None:
        self._stays = _stays(opportunities, origin_at)
        self._segments = segments
        self._risks: dict[tuple[str, int], list[tuple[float, float]]] = {}

    def moving(self, segment: str, phase: int, days: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """By day of a stay, of those who entered: the share that moves on on it, that is still there after it."""
        risks = np.array(self._risks_of(segment, phase))[np.searchsorted(BANDS, np.arange(days), side="right") - 1]
        still_there = np.cumprod(1 - risks.sum(axis=1))
        return risks[:, 0] * np.concatenate([[1.0], still_there[:-1]]), still_there

    def shares(self, segment: str, phase: int) -> dict[int, float]:
        """Where those go who move on."""
        own = _moves(self._stays[segment, phase])
        everybody: Counter[int] = sum((_moves(self._stays[one, phase]) for one in self._segments), Counter())
        return {
            place: (own[place] + 10 * count / everybody.total()) / (own.total() + 10)
            for place, count in everybody.items()
        }

    def _risks_of(self, segment: str, phase: int) -> list[tuple[float, float]]:
        if (segment, phase) not in self._risks:
            by_segment = {one: _exits(self._stays[one, phase]) for one in self._segments}
            self._risks[segment, phase] = [
                _risk(by_segment[segment][band], [sum(cells) for cells in zip(*bands, strict=True)])
                for band, bands in enumerate(zip(*by_segment.values(), strict=True))
            ]
        return self._risks[segment, phase]


def _risk(own: Sequence[float], everybody: Sequence[float]) -> tuple[float, float]:
    at_risk, moves, losses = everybody
    exits = moves + losses
    if not exits:
        return 0.0, 0.0
    days = own[0] + at_risk / exits
    return (own[1] + moves / exits) / days, (own[2] + losses / exits) / days


def _exits(stays: Counter[tuple[int, int]]) -> list[list[float]]:
    """By band: days at risk, moves, losses."""
    bands = [[0.0, 0.0, 0.0] for _ in BANDS]
    for (days, moved_to), count in stays.items():
        for band, (first, following) in enumerate(zip(BANDS, (*BANDS[1:], days + 1), strict=True)):
            bands[band][0] += count * max(min(days + 1, following) - first, 0)
        if moved_to:
            bands[_band(days)][2 if moved_to == LOSS else 1] += count
    return bands


def _band(days: int) -> int:
    return sum(days >= first for first in BANDS) - 1


def _moves(stays: Counter[tuple[int, int]]) -> Counter[int]:
    moves: Counter[int] = Counter()
    for (_, moved_to), count in stays.items():
        if 0 < moved_to <= WIN:
            moves[moved_to] += count
    return moves


def _stays(opportunities: Iterable[Known], origin_at: dt.datetime) -> Stays:
    stays: defaultdict[tuple[str, int], Counter[tuple[int, int]]] = defaultdict(Counter)
    oldest = origin_at - 730 * DAY
    for one in opportunities:
        outcome = {"won": WIN, "lost": LOSS, "open": 0}[one.status]
        for phase, entered_at in enumerate(one.entered, start=1):
            if entered_at is None or entered_at < oldest:
                continue
            later = [(at, place) for place, at in enumerate(one.entered, start=1) if at and place > phase]
            ends = later + ([(one.closed_at, outcome)] if one.closed_at else [])
            ended_at, moved_to = min(
                ends, key=lambda end: (end[0], -end[1] if end[1] < WIN else 0), default=(origin_at, 0)
            )
            if ended_at >= entered_at:
                days = (origin_at - entered_at) // DAY - (origin_at - ended_at) // DAY
                stays[one.segment, phase][days, moved_to] += 1
        if one.created_at >= oldest:
            won_at = one.closed_at if one.status == "won" and one.closed_at else origin_at
            days = (origin_at - one.created_at) // DAY - (origin_at - won_at) // DAY
            stays[one.segment, 0][days, WIN if one.status == "won" else 0] += 1
    return stays


def chance(table: LifeTable, segment: str, phase: int, age: int, days: int) -> float:
    """That an opportunity in the phase since `age` days wins within so many days: what leaves, followed forwards."""
    age = min(age, BANDS[-1])
    leaves = {place: np.zeros(days + 1) for place in range(phase, WIN)}
    moves, still_there = table.moving(segment, phase, age + days + 1)
    leaves[phase][1:] = moves[age + 1 :] / still_there[age]
    won = 0.0
    for place in range(phase, WIN):
        for goes_to, share in table.shares(segment, place).items():
            left = share * leaves[place]
            if goes_to == WIN:
                won += left.sum()
            else:
                leaves[goes_to] += np.convolve(left, table.moving(segment, goes_to, days + 1)[0])[: days + 1]
    return won


def swing(
    seen: Sequence[Sequence[int]], usual: Sequence[Sequence[float]], by_chance: Sequence[Sequence[float]]
) -> float:
    """How far what was seen strayed from what was usual, beyond chance, as a squared share; of one or more groups."""
    told, weight = 0.0, 0.0
    for saw, was_usual, chances in zip(seen, usual, by_chance, strict=True):
        told += sum((a - b) ** 2 - c for a, b, c in zip(saw, was_usual, chances, strict=True))
        weight += sum(b**2 for b in was_usual)
    return max(told / weight, 0.0)


def swings(
    opportunities: Sequence[Known], origin_at: dt.datetime, groups: Sequence[Sequence[str]]
) -> tuple[float, float]:
    """Of creations and of wins, quarter of 91 days by quarter, told by these groups of segments together."""
    creations, wins = [], []
    for group in groups:
        created, closed, won = Counter[int](), Counter[int](), Counter[int]()
        for one in opportunities:
            if one.segment in group:
                created[(origin_at - one.created_at) // (91 * DAY)] += 1
                if one.closed_at:
                    quarter = (origin_at - one.closed_at) // (91 * DAY)
                    closed[quarter] += 1
                    won[quarter] += one.status == "won"
        six = range(6)
        usual = [(created[back + 1] + created[back + 2]) / 2 for back in six]
        creations.append(([created[back] for back in six], usual, [created[back] + usual[back] / 2 for back in six]))
        before = [closed[back + 1] + closed[back + 2] for back in six]
        share = [(won[back + 1] + won[back + 2]) / before[back] for back in six]
        by_chance = [closed[back] * share[back] * (1 - share[back]) * (1 + closed[back] / before[back]) for back in six]
        wins.append(([won[back] for back in six], [closed[back] * share[back] for back in six], by_chance))
    return swing(*zip(*creations, strict=True)), swing(*zip(*wins, strict=True))


def expect(
    opportunities: Sequence[Known], origin_at: dt.datetime, segments: Sequence[str], days: int
) -> dict[str, Expected]:
    """What each segment is expected to win in the days to come."""
    table = LifeTable(opportunities, origin_at, segments)
    recent = [
        one
        for one in opportunities
        if one.status == "won"
        and one.closed_at
        and one.closed_at >= origin_at - 365 * DAY
        and one.amount_at_close is not None
    ]
    amounts = [one.amount_at_close or 0.0 for one in recent]
    everybody = sum(amounts) / len(amounts), sum(amount**2 for amount in amounts) / len(amounts)
    expected = {}
    for segment in segments:
        own = [one.amount_at_close or 0.0 for one in recent if one.segment == segment]
        worth = (sum(own) + 3 * everybody[0]) / (len(own) + 3)
        squared = (sum(amount**2 for amount in own) + 3 * everybody[1]) / (len(own) + 3)
        chances: dict[tuple[int, int], float] = {}
        open_amount = variance = 0.0
        for one in opportunities:
            if one.status == "open" and one.segment == segment:
                key = one.phase, (origin_at - one.phase_entered_at) // DAY
                share = chances.setdefault(key, -1.0)
                if share < 0:
                    share = chances[key] = chance(table, segment, *key, days)
                open_amount += share * (worth if one.amount is None else one.amount)
                variance += share * (1 - share) * (squared if one.amount is None else one.amount**2)
        created = sum(one.segment == segment and one.created_at >= origin_at - 182 * DAY for one in opportunities)
        seen = min((origin_at - min(one.created_at for one in opportunities)) // DAY + 1, 182)
        wins = created / seen * np.cumsum(table.moving(segment, 0, days)[0]).sum()
        variance += wins * squared + open_amount**2 / max(len(own), 1) + (wins * worth) ** 2 / max(created, 1)
        expected[segment] = Expected(open_amount, wins * worth, variance)
    return expected


def quantile(mean: float, variance: float, z: float) -> float:
    """Of a gamma distribution, by Wilson and Hilferty."""
    return mean * max(0.0, 1 - variance / (9 * mean**2) + z * sqrt(variance) / (3 * mean)) ** 3
