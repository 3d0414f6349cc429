"""A page that is served tells its reader when a newer one is there; one that was opened from a file asks nobody."""

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route

from orchestration.dashboard.serve import Server

NEWER = "r20990101T000000000000Z"


@pytest.fixture
def link(site: Path, publication: Path, tmp_path: Path) -> Path:
    """A link to the site, as it lies in the folder of its refresh."""
    for refresh_id in (publication.parent.name, NEWER):
        shutil.copytree(site, tmp_path / refresh_id / "site", copy_function=os.link)
    return lead_to(tmp_path / "site", publication.parent.name)


def lead_to(link: Path, refresh_id: str) -> Path:
    link.unlink(missing_ok=True)
    link.symlink_to(f"{refresh_id}/site")
    return link


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page whose clock the test turns."""
    page = browser.new_page()
    page.clock.install()
    yield page
    page.close()


def test_a_page_that_is_served_says_when_a_newer_one_is_there(link: Path, page: Page) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    with Server(link, 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page.goto(f"http://127.0.0.1:{server.server_port}/")
        page.wait_for_selector("#newer", state="attached")
        for refresh_id, is_newer in ((link.readlink().parts[0], False), (NEWER, True)):
            lead_to(link, refresh_id)
            with page.expect_response("**/latest.json"):
                page.clock.run_for(61_000)
            page.wait_for_selector("#newer", state="visible" if is_newer else "hidden")
        assert complaints == []
        server.shutdown()


def test_a_page_from_a_file_asks_nobody(site: Path, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((site / "index.html").as_uri())
    page.wait_for_selector("#newer", state="attached")
    page.clock.run_for(300_000)
    assert asked
    assert {url.split(":")[0] for url in asked} == {"file"}


def loads_of(page: Page) -> list[str]:
    """Where the page was loaded from, as often as it was."""
    loads: list[str] = []
    page.on("request", lambda request: loads.append(request.url) if request.is_navigation_request() else None)
    return loads


def meets_data_of_another(page: Page, site: Path, refresh_id: str, times: int) -> None:
    """Let the page meet another refresh's data this often, and its own from then on."""
    own = (site / "assets" / "shared.js").read_text(encoding="utf-8")
    assert refresh_id in own
    met: list[str] = []

    def answer(route: Route) -> None:
        met.append(route.request.url)
        body = own.replace(refresh_id, NEWER) if len(met) <= times else own
        route.fulfill(body=body, content_type="text/javascript")

    page.route("**/shared.js", answer)


@pytest.mark.parametrize("is_served", [False, True])
def test_a_page_that_met_data_of_another_refresh_is_loaded_once_more(
    is_served: bool, link: Path, site: Path, publication: Path, browser: Browser
) -> None:
    page = browser.new_page()
    loads = loads_of(page)
    meets_data_of_another(page, site, publication.parent.name, times=1)
    with Server(link, 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        begin = f"http://127.0.0.1:{server.server_port}/" if is_served else (site / "index.html").as_uri()
        page.goto(f"{begin}#segment=smb")
        page.wait_for_selector("html[data-ready=true]")
        assert len(loads) == 2
        assert page.url == f"{begin}#segment=smb"
        assert page.locator(".torn").count() == 0
        assert page.locator("main [data-set]").count() > 0
        server.shutdown()
    page.close()


def test_a_page_whose_data_stays_that_of_another_refresh_says_so_and_stands_still(
    site: Path, publication: Path, browser: Browser
) -> None:
    page = browser.new_page(locale="en")
    loads = loads_of(page)
    meets_data_of_another(page, site, publication.parent.name, times=1000)
    page.goto((site / "loop.html").as_uri())
    page.wait_for_function("() => location.hash.includes('again') && document.querySelector('.torn')")
    page.wait_for_timeout(700)
    assert "are of two different refreshes" in page.locator("main").inner_text()
    assert page.locator("main [data-set]").count() == 0
    assert len(loads) == 2
    page.close()


def test_a_page_that_is_served_draws_its_charts(link: Path, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 3000})
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    with Server(link, 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page.goto(f"http://127.0.0.1:{server.server_port}/revenue.html")
        page.wait_for_selector(".chart[data-drawn=true] svg")
        assert complaints == []
        server.shutdown()
    page.close()
