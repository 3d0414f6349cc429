"""The company is two years old on whatever day it is asked for, and alive on it."""

import datetime as dt
from pathlib import Path

import pytest

from ingest.errors import RevloopError
from ingest.simulate import simulate
from ingest.simulate.clock import AGE_DAYS, END_DATE
from ingest.simulate.reps import Rep
from ingest.simulate.story import began_on
from tests.simulate.strict_reader import Landed, read_back, time_of
from tests.simulate.test_simulated_files import digests


def company_of(out: Path, reps: list[Rep], until: dt.date, leads: int = 300) -> Landed:
    return read_back(out, simulate(leads, out, seed=2, reps=reps, until=until))


@pytest.mark.parametrize(
    "day",
    ["2024-02-29", "2026-07-01", "2026-11-30", "2027-01-01", "2027-03-28", "2028-02-29", "2028-12-31", "2031-08-31"],
)
def test_every_day_gives_a_living_company_of_the_same_age(tmp_path: Path, reps: list[Rep], day: str) -> None:
    until = dt.date.fromisoformat(day)
    midnight = dt.datetime.combine(until, dt.time(), dt.UTC)
    landed = company_of(tmp_path, reps, until)
    created = [time_of(row["created_at"]) for row in landed.leads]
    assert dt.timedelta(0) <= min(created) - (midnight - dt.timedelta(days=AGE_DAYS)) < dt.timedelta(days=14)
    done = [time_of(row["occurred_at"]) for row in landed.activities]
    # Times written with a far zone may lie within the next day.
    assert all(at < midnight + dt.timedelta(days=1) for at in done)
    assert sum(at >= midnight for at in done) < 5
    assert max(max(created), max(at for at in done if at < midnight)) > midnight - dt.timedelta(days=4)
    signed = [time_of(row["signed_at"]) for row in landed.contracts]
    assert midnight - dt.timedelta(days=60) < max(signed) < midnight


def test_the_same_day_gives_the_same_bytes_and_another_day_others(tmp_path: Path, reps: list[Rep]) -> None:
    for name, day in (("one", 30), ("same", 30), ("other", 29)):
        simulate(100, tmp_path / name, seed=2, reps=reps, until=dt.date(2026, 11, day))
    assert digests(tmp_path / "one") == digests(tmp_path / "same")
    assert digests(tmp_path / "one") != digests(tmp_path / "other")


def test_without_a_day_it_is_the_fixed_one(tmp_path: Path, reps: list[Rep]) -> None:
    simulate(50, tmp_path / "usual", seed=2, reps=reps)
    simulate(50, tmp_path / "asked", seed=2, reps=reps, until=END_DATE)
    assert digests(tmp_path / "usual") == digests(tmp_path / "asked")


@pytest.mark.parametrize("day", ["1200-01-01", "2201-01-01"])
def test_a_day_that_the_feeds_cannot_write_is_refused(tmp_path: Path, reps: list[Rep], day: str) -> None:
    with pytest.raises(RevloopError, match=f"live until {day}"):
        simulate(5, tmp_path, seed=2, reps=reps, until=dt.date.fromisoformat(day))


@pytest.mark.parametrize(
    ("until", "began"),
    [
        ("2026-07-01", "2026-01-01"),
        ("2026-11-28", "2026-05-01"),
        ("2026-11-29", "2026-06-01"),
        ("2026-11-30", "2026-06-01"),
        ("2027-01-01", "2026-07-01"),
        ("2028-02-29", "2027-09-01"),
        ("2028-05-30", "2027-12-01"),
    ],
)
def test_the_story_begins_with_the_latest_months_of_which_conversions_are_known(until: str, began: str) -> None:
    assert began_on(dt.date.fromisoformat(until)) == dt.date.fromisoformat(began)
