"""A company of years lives in a market that swings, and what was won in it is known without its feeds."""

import datetime as dt
import statistics
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from ingest.errors import RevloopError
from ingest.simulate import SimulationReport, simulate_years
from ingest.simulate.process import Process
from ingest.simulate.reps import Rep
from ingest.simulate.swings import SwingingProcess
from tests.simulate.strict_reader import Landed, read_back, time_of
from tests.simulate.test_simulated_files import digests

SINCE, UNTIL = dt.date(2020, 7, 1), dt.date(2026, 7, 1)
CLOSES = {"opportunity_won": True, "opportunity_lost": False, "opportunity_reopened": False}


@pytest.fixture(scope="module")
def years(tmp_path_factory: pytest.TempPathFactory, reps: list[Rep]) -> tuple[Landed, SimulationReport]:
    """A company of six years, read back, and its report."""
    out = tmp_path_factory.mktemp("years")
    report = simulate_years(2_500, out, seed=3, reps=reps, since=SINCE, until=UNTIL)
    return read_back(out, report), report


def test_it_lives_from_its_first_day_to_its_last_and_grows(years: tuple[Landed, SimulationReport]) -> None:
    created = sorted(time_of(row["created_at"]).date() for row in years[0].leads)
    assert SINCE <= created[0] < SINCE + dt.timedelta(days=14)
    assert UNTIL - dt.timedelta(days=4) < created[-1] < UNTIL
    by_year = Counter((day - SINCE).days // 366 for day in created)
    assert 1.25 < (by_year[4] + by_year[5]) / (by_year[0] + by_year[1]) < 2


def test_demand_swings_and_remembers() -> None:
    months = np.arange(0, 365 * 40, 30)
    swings = np.log(SwingingProcess(3).demand(months))
    assert 0.05 < swings.std() < 0.2
    assert 0.5 < np.corrcoef(swings[:-1], swings[1:])[0, 1] < 0.95
    assert (swings != np.log(SwingingProcess(4).demand(months))).all()


def test_luck_is_not_evened_out() -> None:
    process, rng, hundred = SwingingProcess(3), np.random.default_rng(1), np.zeros(100, dtype=np.int64)
    wins = [process.goes_on(rng, 0.5, hundred, np.arange(100)).sum() for _ in range(300)]
    assert 4 < np.std(wins) < 6
    even = [Process().goes_on(rng, 0.5, hundred, np.arange(100)).sum() for _ in range(300)]
    assert np.std(even) < 1


def test_what_was_won_is_what_its_feeds_tell(years: tuple[Landed, SimulationReport]) -> None:
    landed, report = years
    stands_won = {row["opportunity_id"]: True for row in landed.contracts if row.get("opportunity_id")}
    for row in sorted(landed.activities, key=lambda row: time_of(row["occurred_at"])):
        if row["activity_type"] in CLOSES:
            stands_won[row["opportunity_id"]] = CLOSES[row["activity_type"]]
    assert len(report.wins) == pytest.approx(sum(stands_won.values()), rel=0.02)
    assert {win.segment for win in report.wins} == {"smb", "mid_market", "enterprise"}
    assert max(win.won_at for win in report.wins) < dt.datetime.combine(UNTIL, dt.time(), dt.UTC)


def test_large_deals_are_lumpy(years: tuple[Landed, SimulationReport]) -> None:
    spread = {}
    for segment in ("smb", "enterprise"):
        dollars = [win.dollars for win in years[1].wins if win.segment == segment]
        spread[segment] = statistics.pstdev(dollars) / statistics.mean(dollars)
    assert spread["smb"] < spread["enterprise"] < 1.2


def test_the_same_years_give_the_same_bytes(tmp_path: Path, reps: list[Rep]) -> None:
    for name, seed in (("one", 1), ("same", 1), ("other", 2)):
        simulate_years(60, tmp_path / name, seed=seed, reps=reps, since=SINCE, until=UNTIL)
    assert digests(tmp_path / "one") == digests(tmp_path / "same")
    assert digests(tmp_path / "one") != digests(tmp_path / "other")


@pytest.mark.parametrize("since", ["2024-07-02", "2026-07-01", "1200-01-01"])
def test_a_life_of_less_than_two_years_or_before_all_feeds_is_refused(
    tmp_path: Path, reps: list[Rep], since: str
) -> None:
    with pytest.raises(RevloopError, match=f"lives from {since} until 2026-07-01"):
        simulate_years(5, tmp_path, seed=2, reps=reps, since=dt.date.fromisoformat(since), until=UNTIL)
