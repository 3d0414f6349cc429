"""A plant strikes its own stage and segment from its day on, and nothing else."""

import datetime as dt

import numpy as np
import pytest

from ingest.errors import RevloopError
from ingest.simulate.clock import DAY, EPOCH
from ingest.simulate.plants import Plant, PlantedProcess
from ingest.simulate.process import SEGMENTS, STAGES, Process

FROM_DAY = dt.date(2025, 7, 1)
MIDNIGHT = (FROM_DAY - EPOCH).days * DAY


def test_a_plant_strikes_its_stage_and_segment_from_its_day_on() -> None:
    usual, planted = Process(), PlantedProcess(Plant("working", "mid_market", FROM_DAY, 0.5, 3))
    segment = np.repeat(np.arange(len(SEGMENTS)), 2)
    entered_at = np.tile([MIDNIGHT - 1, MIDNIGHT], len(SEGMENTS))
    is_struck = [False, False, False, True, False, False]
    for stage in STAGES:
        chance, days = (f(stage, segment, entered_at) for f in (planted.chance, planted.median_days))
        here = np.array(is_struck) & (stage == "working")
        assert chance == pytest.approx(usual.chance(stage, segment, entered_at) * np.where(here, 0.5, 1))
        assert days == pytest.approx(usual.median_days(stage, segment, entered_at) * np.where(here, 3, 1))


@pytest.mark.parametrize(("stage", "segment"), [("captured", "smb"), ("p1", "tiny")])
def test_a_plant_where_nothing_goes_on_is_refused(stage: str, segment: str) -> None:
    with pytest.raises(RevloopError, match=f"from {stage} in {segment}"):
        Plant(stage, segment, FROM_DAY, 0.5, 3)
