"""How well and how fast a company passes the stages of its process.
One place holds every chance and pace, so that a company with another process is another `Process`.
"""

import numpy as np
from numpy.typing import NDArray

from ingest.simulate.draws import evenly

SEGMENTS = ("smb", "mid_market", "enterprise")
PHASES = ("p1", "p2", "p3", "p4", "p5")

_CHANCE = {
    "engaged": (0.21, 0.20, 0.18),
    "mql": (0.56, 0.55, 0.52),
    "working": (0.45, 0.45, 0.43),
    "p1": (0.70, 0.69, 0.67),
    "p2": (0.76, 0.75, 0.74),
    "p3": (0.79, 0.78, 0.77),
    "p4": (0.83, 0.82, 0.81),
    "p5": (0.88, 0.87, 0.86),
}
_MEDIAN_DAYS = {
    "engaged": (9.0, 12.0, 16.0),
    "mql": (0.07, 0.07, 0.08),
    "working": (6.0, 8.0, 12.0),
    "p1": (4.0, 7.0, 9.0),
    "p2": (6.0, 10.0, 14.0),
    "p3": (6.0, 10.0, 14.0),
    "p4": (4.0, 7.0, 9.0),
    "p5": (3.0, 5.0, 6.0),
}
STAGES = tuple(_CHANCE)
_PUT_ASIDE = {"mql": 0.99, "working": 0.96}


class Process:
    """Chance and pace of leaving a stage forwards, by segment and moment of entry; demand, luck and prices."""

    # How much wider than usual first prices are spread, by segment.
    lumpiness = np.ones(len(SEGMENTS))

    def demand(self, days: NDArray[np.int64]) -> NDArray[np.float64]:
        """How many leads each day (since 1970) brings, against the usual ones."""
        return np.ones(len(days))

    def goes_on(
        self,
        rng: np.random.Generator,
        chance: float | NDArray,
        group: NDArray[np.int64],
        entered_at: NDArray[np.int64],
    ) -> NDArray[np.bool_]:
        """Who goes on, by each one's chance: here without the luck that a small company has from month to month."""
        return evenly(rng, chance, group, entered_at)

    def chance(self, stage: str, segment: NDArray[np.int64], entered_at: NDArray[np.int64]) -> NDArray[np.float64]:
        """Share (0..1) of average records that go on from `stage`, for each record."""
        return np.array(_CHANCE[stage])[segment]

    def median_days(self, stage: str, segment: NDArray[np.int64], entered_at: NDArray[np.int64]) -> NDArray[np.float64]:
        """Median days from entering `stage` to what ends it, for each record."""
        return np.array(_MEDIAN_DAYS[stage])[segment]

    def put_aside(self, stage: str, segment: NDArray[np.int64], entered_at: NDArray[np.int64]) -> NDArray[np.float64]:
        """Share (0..1) of those who do not go on from `stage` that somebody puts aside; the others are left lying."""
        return np.full(len(segment), _PUT_ASIDE[stage])
