"""A page that is served tells its reader when a newer one is there; one that was opened from a file asks nobody."""

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

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
