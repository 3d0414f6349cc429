"""A market that swings: how a company fares over years in which demand, luck and prices are not evened out.
The swings are drawn once per company, month by month; what is done in the company is decided elsewhere.
"""

import numpy as np
from numpy.typing import NDArray

from ingest.simulate.clock import DAY
from ingest.simulate.draws import shifted
from ingest.simulate.process import PHASES, SEGMENTS, Process

_STREAM = 1_000_003
_FIRST_MONTH, _MONTHS = -12 * 62, 12 * 290
# A swing outlives its month by so much; its spread is on a log scale.
_MEMORY = 0.75
_DEMAND_SPREAD, _CHANCE_SPREAD = 0.10, 0.08
# Budgets are released before the quarter ends and are waited for after it.
_SEASONS_OF_CHANCE = np.array([-0.05, 0.0, 0.05])


class SwingingProcess(Process):
    """The usual process in a market that swings, with the luck of single deals, of which the large are lumpy."""

    lumpiness = np.array([1.3, 1.7, 2.5])

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng([seed, _STREAM])
        self._demand = np.exp(_swings(rng, _DEMAND_SPREAD))
        self._chance = np.stack([_swings(rng, _CHANCE_SPREAD) for _ in SEGMENTS])

    def demand(self, days: NDArray[np.int64]) -> NDArray[np.float64]:
        """How many leads each day (since 1970) brings, against the usual ones."""
        return self._demand[_month(days) - _FIRST_MONTH]

    def chance(self, stage: str, segment: NDArray[np.int64], entered_at: NDArray[np.int64]) -> NDArray[np.float64]:
        """Share (0..1) of average records that go on from `stage`, for each record."""
        usual = super().chance(stage, segment, entered_at)
        if stage not in PHASES:
            return usual
        month = _month(entered_at // DAY)
        return shifted(usual, self._chance[segment, month - _FIRST_MONTH] + _SEASONS_OF_CHANCE[month % 3])

    def goes_on(
        self,
        rng: np.random.Generator,
        chance: float | NDArray,
        group: NDArray[np.int64],
        entered_at: NDArray[np.int64],
    ) -> NDArray[np.bool_]:
        """Who goes on, each by a draw of its own."""
        return rng.random(len(entered_at)) < chance


def _swings(rng: np.random.Generator, spread: float) -> NDArray[np.float64]:
    """One number a month around 0, each near the one before."""
    news = rng.normal(0, spread * np.sqrt(1 - _MEMORY**2), _MONTHS)
    swings = np.empty(_MONTHS)
    swings[0] = news[0]
    for month in range(1, _MONTHS):
        swings[month] = _MEMORY * swings[month - 1] + news[month]
    return swings


def _month(days: NDArray[np.int64]) -> NDArray[np.int64]:
    """The month of each day, in months since 1970."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
