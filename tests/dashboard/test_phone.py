"""On phones and tablets pictures are read without scrolling sideways, and say the same numbers as on a wide screen."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.dashboard.conftest import Change
from tests.dashboard.seen import Seen, opened
from tests.dashboard.test_kinds import LIT
from tests.dashboard.test_pages import value_of

# What stands in the picture, each with the cell behind it.
SAID = """(picture) => [...document.querySelectorAll(`${picture} [data-set]`)].map((each) =>
  [each.dataset.set, each.dataset.column, each.dataset.rows, each.value].join(" ")).sort()"""
CUT = """(picture) => [document.querySelector(picture), ...document.querySelectorAll(`${picture} *`)]
  .filter((each) => each.scrollWidth > each.clientWidth + 1 && !each.closest(".hidden")
    && ["auto", "scroll", "hidden"].includes(getComputedStyle(each).overflowX))
  .map((each) => each.outerHTML.slice(0, 120))"""
OUTSIDE = """(picture) => {
  const { left, right } = document.querySelector(picture).getBoundingClientRect();
  const parts = document.querySelectorAll(`${picture} button, ${picture} [data-set], ${picture} circle`);
  return [...parts].filter((each) => {
    const box = each.getBoundingClientRect();
    return !each.closest(".hidden") && (box.left < left - 1 || box.right > right + 1);
  }).map((each) => each.outerHTML.slice(0, 120));
}"""
PICTURES = [("loop", ".loop-box", ".loop-picture"), ("paths", ".ways", ".ways, .flow")]

# Numbers that stand upon one another.
UPON = """(picture) => {
  const boxes = [...document.querySelectorAll(`${picture} [data-set]`)].filter((each) => !each.closest(".hidden"))
    .map((each) => [each.textContent, each.getBoundingClientRect()]);
  return boxes.flatMap(([one, a], place) => boxes.slice(place + 1)
    .filter(([, b]) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 2 && b.top < a.bottom - 2)
    .map(([other]) => `${one} ${other}`));
}"""


def hundreds_of_thousands(connection: duckdb.DuckDBPyConnection) -> None:
    """A company of a thousand times as many leads."""
    counts = ("entered", "exited", "advanced", "detoured", "balance")
    thousands = ", ".join(f"{count} = {count} * 999" for count in counts)
    connection.execute(f"update marts.kpi_stage_daily set {thousands}")
    connection.execute("update marts.kpi_bottlenecks set n = n * 999, reached_next = reached_next * 999")


def said(seen: Seen, picture: str) -> list[str]:
    return seen.page.evaluate(SAID, picture)


@pytest.mark.parametrize(("language", "width"), [("en", 390), ("ko", 390), ("ja", 390), ("en", 820)])
@pytest.mark.parametrize(("name", "box", "picture"), PICTURES, ids=["loop", "paths"])
def test_a_picture_fits_a_small_screen_and_says_what_it_says_on_a_wide_screen(
    name: str, box: str, picture: str, language: str, width: int, site: Path, browser: Browser
) -> None:
    with opened(browser, site / f"{name}.html", lang=language) as seen:
        wide = {each for part in picture.split(", ") for each in said(seen, part)}
    with opened(browser, site / f"{name}.html", width=width, lang=language) as seen:
        assert seen.page.evaluate(CUT, box) == []
        assert seen.page.evaluate(OUTSIDE, box) == []
        narrow = {each for part in picture.split(", ") for each in said(seen, part)}
        assert narrow == wide
        assert len(narrow) > 20
        for each in seen.numbers:
            assert each["value"] == pytest.approx(value_of(seen, each["set"], each["column"], each["rows"]), rel=1e-9)
        assert seen.complaints == []


def test_what_is_chosen_lights_its_ways_in_a_list_too(site: Path, browser: Browser) -> None:
    lit = LIT.replace(".flow button", ".ways button")
    with opened(browser, site / "paths.html", width=390, lang="en") as seen:
        seen.page.locator(".ways button", has_text="Won").click()
        nodes = seen.page.evaluate(lit)
        assert [node["name"] for node in nodes if node["isChosen"]] == ["Won"]
        won = {node["name"]: node["lit"] for node in nodes}
        assert won["Lost"] == 0
        assert won["Won"] == won["Problem agreed"] == sum(node["lit"] for node in nodes if node["place"] == "first") > 0


def test_a_picture_turns_as_the_screen_does(site: Path, browser: Browser) -> None:
    with opened(browser, site / "loop.html") as seen:
        assert seen.page.locator(".loop-down").count() == 0
        seen.page.set_viewport_size({"width": 390, "height": 900})
        seen.page.wait_for_selector(".loop-down")
        seen.page.set_viewport_size({"width": 1280, "height": 900})
        seen.page.wait_for_selector(".loop-down", state="detached")


@pytest.mark.parametrize("name", ["index", "paths", "revenue", "loop"])
def test_a_wide_table_keeps_the_names_of_its_lines_in_sight(name: str, site: Path, browser: Browser) -> None:
    with opened(browser, site / f"{name}.html", width=390) as seen:
        moved = seen.page.evaluate(
            """() => [...document.querySelectorAll(".scroll")].filter((box) => box.scrollWidth > box.clientWidth + 40)
              .map((box) => {
                box.scrollLeft = 10000;
                const left = (each) => Math.round(each.getBoundingClientRect().left - box.getBoundingClientRect().left);
                return [...box.querySelectorAll("tbody tr > th:first-child")].map(left);
              })"""
        )
        assert moved
        assert {place for places in moved for place in places} == {0}


@pytest.mark.parametrize("name", ["loop", "paths", "index"])
def test_axe_finds_nothing_serious_on_a_phone(name: str, site: Path, browser: Browser) -> None:
    with opened(browser, site / f"{name}.html", width=390) as seen:
        found = Axe().run(seen.page).response["violations"]
        serious = [
            (each["id"], [node["html"][:160] for node in each["nodes"]][:3])
            for each in found
            if each["impact"] in ("serious", "critical")
        ]
        assert serious == []


@pytest.mark.parametrize("language", ["en", "ko", "ja"])
def test_numbers_of_many_digits_have_their_room(
    language: str, site: Path, changed: Callable[[Change], Path], browser: Browser
) -> None:
    for made in (site, changed(hundreds_of_thousands)):
        with opened(browser, made / "loop.html", width=390, lang=language) as seen:
            assert seen.page.evaluate(OUTSIDE, ".loop-box") == []
            assert seen.page.evaluate(UPON, ".loop-box") == []


NAMES_CUT = """() => [...document.querySelectorAll('.js-plotly-plot')].flatMap((plot) => {
  const { left } = plot.getBoundingClientRect();
  return [...plot.querySelectorAll('.ytick text')]
    .filter((text) => text.textContent.endsWith('…') || text.getBoundingClientRect().left < left - 1)
    .map((text) => text.textContent);
})"""


@pytest.mark.parametrize("language", ["en", "ko", "ja"])
def test_names_beside_bars_are_whole_on_two_lines(language: str, site: Path, browser: Browser) -> None:
    for name in ("bottlenecks", "departments", "loop", "pipeline"):
        with opened(browser, site / f"{name}.html", 390, lang=language) as seen:
            assert seen.page.evaluate(NAMES_CUT) == [], name
