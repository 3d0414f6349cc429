"""Funnel and speed: what holds between the numbers of a picture."""

from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.dashboard.seen import opened

LINES = """() => [...document.querySelectorAll(".phases-lines tbody tr")].map((line) =>
  [...line.querySelectorAll("td.number")].map((cell) => Number(cell.querySelector("data")?.value ?? 0)))"""


@pytest.mark.parametrize("measure", ["opportunities", "amount_at_close"])
def test_each_phase_is_the_one_above_less_what_fell_off_there(measure: str, site: Path, browser: Browser) -> None:
    with opened(browser, site / "funnel.html", by=measure) as seen:
        lines = seen.page.evaluate(LINES)
        assert len(lines) == 6
        for above, below in pairwise(lines):
            assert below[0] == pytest.approx(above[0] - above[1])
            assert below[2] == pytest.approx(above[2] - above[3])


def test_a_milestone_is_always_chosen_since_milestones_cannot_be_added_up(site: Path, browser: Browser) -> None:
    with opened(browser, site / "funnel.html") as seen:
        assert seen.page.locator("#slice-milestone").input_value() == "p1"
        assert seen.page.locator("#slice-milestone option").evaluate_all("all => all.map((each) => each.value)") == [
            "mql",
            "p1",
            "onboarding",
        ]
