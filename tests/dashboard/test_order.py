"""What comes first: a page is read before its charts can be drawn, and without them; a choice leaves nothing behind."""

import os
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.dashboard.seen import opened

# What was there, and how high each panel was, when the page said that it could be read.
READY = """new MutationObserver(() => {
  if (window.first || !document.documentElement?.dataset.ready) return;
  window.first = {
    plotly: typeof Plotly, numbers: document.querySelectorAll("main [data-set]").length,
    heights: [...document.querySelectorAll(".panel")].map((panel) => Math.round(panel.getBoundingClientRect().height)),
  };
}).observe(document, { subtree: true, childList: true, attributes: true });"""
HEIGHTS = """() => [...document.querySelectorAll(".panel")]
  .map((panel) => Math.round(panel.getBoundingClientRect().height))"""
LISTENERS = """window.resizing = 0;
for (const [name, step] of [["addEventListener", 1], ["removeEventListener", -1]]) {
  const real = window[name].bind(window);
  window[name] = (kind, ...more) => { if (kind === "resize") window.resizing += step; real(kind, ...more); };
}"""
DRAWN = "() => [...document.querySelectorAll('.chart')].every((chart) => chart.dataset.drawn === 'true')"


def open_watched(browser: Browser, file: Path, watching: str) -> Page:
    page = browser.new_page(viewport={"width": 1280, "height": 8000})
    page.add_init_script(watching)
    page.goto(f"{file.resolve().as_uri()}#more=1")
    page.wait_for_selector("html[data-ready]")
    return page


@pytest.mark.parametrize("name", ["revenue", "departments"])
def test_a_page_is_read_before_its_charts_are_there_and_does_not_jump_then(
    name: str, site: Path, browser: Browser
) -> None:
    page = open_watched(browser, site / f"{name}.html", READY)
    first = page.evaluate("window.first")
    assert first["plotly"] == "undefined"
    assert first["numbers"] > 100
    page.wait_for_function(DRAWN)
    assert page.evaluate("typeof Plotly") == "object"
    assert page.evaluate(HEIGHTS) == first["heights"]
    page.close()


def test_a_page_without_charts_does_not_ask_for_their_script(site: Path, browser: Browser) -> None:
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((site / "data.html").as_uri())
    page.wait_for_selector("html[data-ready]")
    page.wait_for_timeout(300)
    assert page.locator(".chart").count() == 0
    assert asked
    assert not [url for url in asked if "plotly" in url]
    page.close()


@pytest.mark.parametrize("name", ["revenue", "departments"])
def test_without_the_charts_script_each_chart_says_so_and_its_table_stands_open(
    name: str, site: Path, browser: Browser, tmp_path: Path
) -> None:
    shutil.copytree(site, tmp_path / "site", copy_function=os.link)
    (tmp_path / "site" / "assets" / "plotly.min.js").unlink()
    with opened(browser, tmp_path / "site" / f"{name}.html", lang="en") as seen:
        charts = seen.page.locator(".chart")
        assert charts.count() > 3
        for place in range(charts.count()):
            assert "assets/plotly.min.js is not there" in charts.nth(place).inner_text()
        tables = seen.page.locator(".body:has(.chart) > details.below")
        assert tables.evaluate_all("all => all.every((each) => each.open)")
        # The browser itself says that a file is missing, nothing else is complained of.
        assert all("ERR_FILE_NOT_FOUND" in complaint for complaint in seen.complaints)


def test_a_choice_leaves_nothing_of_the_charts_that_it_replaces(site: Path, browser: Browser) -> None:
    page = open_watched(browser, site / "bottlenecks.html", LISTENERS)
    page.wait_for_function(DRAWN)
    before = page.evaluate("window.resizing")
    assert before >= page.locator(".chart").count() > 1
    for segment in ("smb", "enterprise", "all"):
        page.select_option("#slice-segment", segment)
        page.wait_for_function(DRAWN)
    assert page.evaluate("window.resizing") == before
    page.close()


def test_what_a_slice_offers_is_looked_up_once(site: Path, browser: Browser) -> None:
    with opened(browser, site / "bottlenecks.html") as seen:
        assert seen.page.evaluate("revloop.offered('segment') === revloop.offered('segment')")
