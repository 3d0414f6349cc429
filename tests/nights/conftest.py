"""Nights on a data folder of the test's own, before the first one or after one that all tests share."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.conftest import Workplace
from tests.laws import stories
from tests.nights.nights import Nights
from tests.once import Once

FIRST_NIGHT = datetime(2025, 9, 1, 16, 30, tzinfo=UTC)
COMPANY_AS_OF = ("--as-of", "2026-07-01T00:00:00Z")


@pytest.fixture
def nights(workplace: Workplace) -> Nights:
    """A data folder before its first night."""
    return Nights(workplace)


def _first_night(folder: Path) -> None:
    nights = Nights(Workplace(folder))
    stories.land(stories.tell(3, 120), nights.workplace.landing, "all.csv")
    nights.run(FIRST_NIGHT)


@pytest.fixture
def begun(once: Once, tmp_path: Path) -> Nights:
    """A data folder after its first night, FIRST_NIGHT."""
    return Nights(Workplace(once.made("first_night", _first_night)).copied_to(tmp_path / "begun"))


def _small_company(folder: Path) -> None:
    company = Workplace(folder)
    made = company.revloop("simulate", "--leads", "300", "--out", company.landing)
    assert made.returncode == 0, made.stderr
    company.refresh(*COMPANY_AS_OF)


@pytest.fixture(scope="session")
def small_company(once: Once) -> Workplace:
    """A made-up company of 300 leads after its first night, COMPANY_AS_OF; to be copied."""
    return Workplace(once.made("small_company", _small_company))
