"""What was planted in a simulated company's process is what kpi_bottlenecks names; where nothing was, it names nothing.

The companies are large enough that a halved conversion shows in one quarter of the struck segment.
"""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.simulate import simulate
from ingest.simulate.plants import Plant
from ingest.simulate.reps import read_reps
from tests.dbt_runs import DBT_PROJECT, DbtFolder, Project

LEADS = 12_000
END = dt.datetime(2026, 7, 1, tzinfo=dt.UTC)
STRUCK_FROM = dt.date(2025, 7, 1)
FIRST_WHOLE_WINDOW = dt.date(2025, 9, 30)

Named = list[tuple[dt.date, str, str]]


@pytest.fixture
def named_first(tmp_path_factory: pytest.TempPathFactory, parsed: Project) -> Callable[[Plant | None], Named]:
    """The first bottleneck of each window that has any, of a company with that plant."""
    reps = read_reps(next(DBT_PROJECT.glob("seeds/**/reps.csv")))

    def build(plant: Plant | None) -> Named:
        folder: Path = tmp_path_factory.mktemp("planted")
        simulate(LEADS, folder / "landing", seed=2, reps=reps, plant=plant)
        data = DbtFolder(folder / "data", parsed)
        data.load(folder / "landing", END)
        data.build(END.isoformat(), only="+kpi_bottlenecks")
        return [
            (window_end, segment, stage)
            for window_end, segment, stage in data.rows(
                "select window_end, segment, stage from marts.kpi_bottlenecks where bottleneck_rank = 1 order by 1"
            )
        ]

    return build


@pytest.mark.parametrize(("stage", "segment"), [("mql", "mid_market"), ("working", "smb"), ("p2", "smb")])
def test_a_planted_bottleneck_is_named_first(
    named_first: Callable[[Plant | None], Named], stage: str, segment: str
) -> None:
    named = named_first(Plant(stage, segment, STRUCK_FROM, conversion=0.4, slowness=3))
    assert (FIRST_WHOLE_WINDOW, segment, stage) in named
    assert {(segment, stage)} == {(found_segment, found_stage) for _, found_segment, found_stage in named}
    assert min(window_end for window_end, _, _ in named) > STRUCK_FROM


def test_a_company_with_nothing_planted_has_no_bottleneck(named_first: Callable[[Plant | None], Named]) -> None:
    assert named_first(None) == []
