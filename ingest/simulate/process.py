"""How well and how fast a company passes the stages of its process.
One place holds every chance and pace, so that a company with another process is another `Process`.
"""

import numpy as np
from numpy.typing import NDArray

SEGMENTS = ("smb", "mid_market", "enterprise")
PHASES = ("p1", "p2", "p3", "p4", "p5")

_CHANCE = {
    "engaged": (0.30, 0.27, 0.22),
    "mql": (0.32, 0.30, 0.27),
    "working": (0.26, 0.28, 0.27),
    "p1": (0.76, 0.76, 0.74),
    "p2": (0.80, 0.78, 0.77),
    "p3": (0.82, 0.80, 0.78),
    "p4": (0.85, 0.84, 0.82),
    "p5": (0.90, 0.88, 0.86),
}
_MEDIAN_DAYS = {
    "engaged": (9.0, 12.0, 16.0),
    "mql": (0.15, 0.2, 0.3),
    "working": (6.0, 8.0, 12.0),
    "p1": (4.0, 9.0, 16.0),
    "p2": (5.0, 11.0, 21.0),
    "p3": (5.0, 12.0, 24.0),
    "p4": (4.0, 9.0, 18.0),
    "p5": (3.0, 7.0, 14.0),
}
STAGES = tuple(_CHANCE)


class Process:
    """Chance and pace of leaving a stage forwards, by segment and moment of entry."""

    def chance(self, stage: str, segment: NDArray[np.int64], entered_at: NDArray[np.int64]) -> NDArray[np.float64]:
        """Share (0..1) of average records that go on from `stage`, for each record."""
        return np.array(_CHANCE[stage])[segment]

    def median_days(self, stage: str, segment: NDArray[np.int64], entered_at: NDArray[np.int64]) -> NDArray[np.float64]:
        """Median days from entering `stage` to what ends it, for each record."""
        return np.array(_MEDIAN_DAYS[stage])[segment]
