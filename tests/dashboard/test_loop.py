"""The loop: what its shapes are as wide as, and the panel that a stage opens."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from playwright.sync_api import Browser

from tests.dashboard.conftest import Change
from tests.dashboard.seen import opened
from tests.dashboard.test_pages import CHOICES, value_of

ARCS = """() => [...document.querySelectorAll(".loop-shapes path[data-from][stroke-width]")].map((arc) => ({
  moved: `${arc.dataset.from} ${arc.dataset.to}`, width: Number(arc.getAttribute("stroke-width")),
}))"""
MOVES = """() => revloop.rows({of: "moves", slices: {segment: "segment"}}).map((row) => row)"""
COPIED = "() => { window.copied = []; revloop.csv = (...asked) => { window.copied.push(asked); return ''; }; }"


@pytest.mark.parametrize("segment", ["all", "smb"])
def test_arcs_are_as_wide_as_the_moves_along_them(segment: str, site: Path, browser: Browser) -> None:
    with opened(browser, site / "loop.html", segment=segment, span="12") as seen:
        until = seen.page.locator("#slice-month").input_value()
        rows = seen.page.evaluate(MOVES)
        months = sorted({row["period_month"] for row in rows if row["period_month"] <= until})[-12:]
        moved: Counter[str] = Counter()
        for row in rows:
            if row["period_month"] in months:
                moved[f"{row['from_stage']} {row['to_stage']}"] += row["transitions"]
        arcs = seen.page.evaluate(ARCS)
        assert {arc["moved"].split()[0] for arc in arcs} >= {"recycled", "lost", "working"}
        # The thinnest are drawn so that they can be seen.
        wide = [arc for arc in arcs if arc["width"] > 0.9]
        assert wide
        ratios = [arc["width"] / moved[arc["moved"]] for arc in wide]
        assert max(ratios) == pytest.approx(min(ratios), rel=0.03)


def test_a_stage_is_opened_and_closed_by_the_keyboard(site: Path, browser: Browser) -> None:
    with opened(browser, site / "loop.html") as seen:
        page = seen.page
        page.focus("#stage-working")
        page.keyboard.press("Enter")
        assert "open=working" in page.url
        assert page.locator("#stage-working").get_attribute("aria-expanded") == "true"
        assert page.evaluate("document.activeElement.id") == "stage-working"
        page.locator("#loop-stage header button").press("Enter")
        assert page.locator("#loop-stage").count() == 0
        assert page.evaluate("document.activeElement.id") == "stage-working"
        assert seen.complaints == []


def test_an_open_stage_shows_its_cells_and_who_is_there_longest(site: Path, browser: Browser) -> None:
    for language, choice in CHOICES:
        with opened(browser, site / "loop.html", lang=language, open="recycled", **choice) as seen:
            for each in seen.numbers:
                cells = value_of(seen, each["set"], each["column"], each["rows"])
                assert each["value"] == pytest.approx(cells, rel=1e-9)
            assert seen.strays == []
            assert seen.complaints == []


def test_the_list_holds_the_longest_there_and_no_personal_data(site: Path, browser: Browser) -> None:
    with opened(browser, site / "loop.html", open="engaged") as seen:
        page = seen.page
        page.evaluate(COPIED)
        page.locator("#loop-stage > .foot .copy").click()
        [[columns, lines]] = page.evaluate("() => window.copied")
        assert columns == ["lead_id", "owner_id", "segment", "days_there"]
        days = [line["cells"][3]["value"] for line in lines]
        assert len(days) == 200
        assert days == sorted(days, reverse=True)


def test_a_shorter_period_counts_less(site: Path, browser: Browser) -> None:
    with opened(browser, site / "loop.html") as seen:
        entered = "() => Number(document.querySelector('#stage-captured .loop-flow data').value)"
        year = seen.page.evaluate(entered)
        seen.page.click("#span-1")
        assert "span=1" in seen.page.url
        assert 0 < seen.page.evaluate(entered) < year


NEVER = ("engaged", "mql", "p4")


def three_stages_were_never_used(connection: duckdb.DuckDBPyConnection) -> None:
    """Nobody was ever in them, and so whoever came to one of them went on."""
    stages = ", ".join(f"'{stage}'" for stage in NEVER)
    connection.execute(f"delete from marts.kpi_stage_daily where stage in ({stages})")
    connection.execute(f"update marts.kpi_bottlenecks set reached_next = n, conversion = 1 where stage in ({stages})")


@pytest.mark.parametrize("width", [390, 1280])
def test_a_stage_that_nobody_was_in_is_not_used_rather_than_passed_by_all(
    width: int, changed: Callable[[Change], Path], browser: Browser
) -> None:
    site = changed(three_stages_were_never_used)
    with opened(browser, site / "loop.html", width, lang="en", segment="smb") as seen:
        for stage in NEVER:
            line = seen.page.locator(f"li:has(> #stage-{stage})")
            assert line.locator(".loop-unused").inner_text() == "not used"
            assert line.locator("button data").count() == line.locator(".loop-went").count() == 0
        assert seen.page.locator(".loop-went").count() > 5
        note = seen.page.locator(".loop-notes li", has_text="Nobody was ever in:").inner_text()
        assert "Engaged, Marketing qualified" in note
        assert seen.complaints == []
    with opened(browser, site / "funnel.html", width, lang="en") as seen:
        lines = seen.page.locator(".body.funnel tbody th").all_inner_texts()
        assert "Captured" in lines
        assert not {"Engaged", "Marketing qualified", "Terms agreed"} & set(lines)
        assert "Nobody was ever in: Engaged" in seen.page.locator(".body.funnel .foot").inner_text()
        assert seen.page.locator("#slice-milestone option").evaluate_all("all => all.map((each) => each.value)") == [
            "p1",
            "onboarding",
        ]


def nobody_came_further_than_onboarding(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("delete from marts.kpi_stage_daily where stage in ('adopted', 'renewed')")


def test_from_the_last_stage_that_is_used_nobody_could_go_on(
    site: Path, changed: Callable[[Change], Path], browser: Browser
) -> None:
    heads = "[data-draws=grid] thead th"
    for of, is_there in ((site, True), (changed(nobody_came_further_than_onboarding), False)):
        with opened(browser, of / "funnel.html", lang="en") as seen:
            stages = seen.page.locator(heads).all_inner_texts()
            assert ("Onboarding" in stages) is is_there
            assert "Working" in stages
