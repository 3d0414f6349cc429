"""A known fault in a simulated company's process, so that what looks for faults can be held against the truth.
Where the fault lies is all that is decided here; who finds it is not.
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.errors import RevloopError
from ingest.simulate.clock import DAY, EPOCH
from ingest.simulate.process import SEGMENTS, STAGES, Process


@dataclass(frozen=True)
class Plant:
    """From the UTC day on, records of the segment go on from the stage less often and more slowly.

    `conversion` multiplies the chance of going on, `slowness` the median days of the stay, `tidiness` the chance that
    who does not go on is put aside rather than left lying. Raises RevloopError where the process has no such stage or
    segment.
    """

    stage: str
    segment: str
    from_day: dt.date
    conversion: float
    slowness: float
    tidiness: float = 1.0

    def __post_init__(self) -> None:
        if self.stage not in STAGES or self.segment not in SEGMENTS:
            known = f"one of {', '.join(STAGES)} and one of {', '.join(SEGMENTS)}"
            raise RevloopError(f"Nothing goes on from {self.stage} in {self.segment}. Plant it in {known}.")


class PlantedProcess(Process):
    """The usual process but for one plant."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._segment = SEGMENTS.index(plant.segment)
        self._since = (plant.from_day - EPOCH).days * DAY

    def chance(self, stage: str, segment: NDArray[np.int64], entered_at: NDArray[np.int64]) -> NDArray[np.float64]:
        """Share (0..1) of average records that go on from `stage`, for each record."""
        usual = super().chance(stage, segment, entered_at)
        return np.where(self._is_struck(stage, segment, entered_at), usual * self._plant.conversion, usual)

    def median_days(self, stage: str, segment: NDArray[np.int64], entered_at: NDArray[np.int64]) -> NDArray[np.float64]:
        """Median days from entering `stage` to what ends it, for each record."""
        usual = super().median_days(stage, segment, entered_at)
        return np.where(self._is_struck(stage, segment, entered_at), usual * self._plant.slowness, usual)

    def put_aside(self, stage: str, segment: NDArray[np.int64], entered_at: NDArray[np.int64]) -> NDArray[np.float64]:
        """Share (0..1) of those who do not go on from `stage` that somebody puts aside; the others are left lying."""
        usual = super().put_aside(stage, segment, entered_at)
        return np.where(self._is_struck(stage, segment, entered_at), usual * self._plant.tidiness, usual)

    def _is_struck(self, stage: str, segment: NDArray[np.int64], entered_at: NDArray[np.int64]) -> NDArray[np.bool_]:
        return (stage == self._plant.stage) & (segment == self._segment) & (entered_at >= self._since)
