"""A page answers its question at first sight; what it could do without lies below, closed until somebody opens it."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from orchestration.dashboard.pages import read_pages

PAGES = {page.name: page for page in read_pages()}
WITH_MORE = [page.name for page in PAGES.values() if any(panel.more for panel in page.panels)]
# The bottom of the first panel, or of the picture in it that the rest of the panel explains.
FIRST = """() => {
  const panel = document.querySelector(".panel");
  return (panel.querySelector(".loop-box") || panel).getBoundingClientRect().bottom;
}"""


def open_at_first(browser: Browser, file: Path, chosen: str) -> Page:
    """A page as a reader finds it on a small laptop."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(f"{file.resolve().as_uri()}#{chosen}")
    page.wait_for_selector("html[data-ready]")
    return page


@pytest.mark.parametrize("name", PAGES)
def test_the_first_answer_needs_no_scrolling(name: str, site: Path, browser: Browser) -> None:
    for language in ("en", "ko", "ja"):
        page = open_at_first(browser, site / PAGES[name].file, f"lang={language}")
        assert page.evaluate(FIRST) <= 800, language
        page.close()


def test_pages_of_many_panels_have_some_that_are_opened() -> None:
    assert {"pipeline", "revenue", "scores"} <= set(WITH_MORE)
    for page in PAGES.values():
        assert sum(not panel.more for panel in page.panels) <= 9, page.name


@pytest.mark.parametrize("name", WITH_MORE)
def test_more_is_opened_and_the_address_keeps_it(name: str, site: Path, browser: Browser) -> None:
    titles = [panel.title.en for panel in PAGES[name].panels if panel.more]
    page = open_at_first(browser, site / PAGES[name].file, "lang=en")
    assert page.locator(".more .panel").count() == len(titles)
    assert page.locator(".more .panel").first.is_hidden()
    summary = page.locator(".more > summary")
    assert all(title in summary.inner_text() for title in titles)
    summary.click()
    page.wait_for_function("() => location.hash.includes('more=1')")
    assert "more=1" in page.locator("#menu a").first.get_attribute("href")
    page.set_viewport_size({"width": 1280, "height": 8000})
    page.wait_for_function("() => [...document.querySelectorAll('.chart')].every((chart) => chart.dataset.drawn)")
    page.reload()
    page.wait_for_selector("html[data-ready]")
    assert page.locator(".more .panel").first.is_visible()
    page.locator(".more > summary").click()
    page.wait_for_function("() => !location.hash.includes('more=')")
    page.close()


def test_on_paper_all_is_open(site: Path, browser: Browser) -> None:
    page = open_at_first(browser, site / "revenue.html", "lang=en")
    page.wait_for_function("() => document.querySelector('.chart').dataset.drawn")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator(".more .panel").first.is_visible()
    charts = page.locator(".more .chart")
    assert charts.count() > 0
    assert charts.evaluate_all("all => all.every((chart) => chart.querySelector('svg'))")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator(".more .panel").first.is_hidden()
    page.close()
