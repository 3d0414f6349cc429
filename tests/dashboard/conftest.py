"""What tests of the dashboard share: the site of the README's company, a browser, and publications made worse."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from playwright.sync_api import Browser, sync_playwright

from orchestration.dashboard.site import make
from tests.conftest import Workplace

Change = Callable[[duckdb.DuckDBPyConnection], object]

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"]


@pytest.fixture(scope="session")
def publication(usual_company: Workplace) -> Path:
    """The README's company as it was published."""
    return usual_company.published.resolve()


@pytest.fixture(scope="session")
def site(publication: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its site."""
    folder = tmp_path_factory.mktemp("dashboard") / "site"
    make(publication, folder)
    return folder


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium, where the machine has one."""
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine: install Debian's package to see the pages")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def changed(publication: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Change], Path]:
    """The site of a copy of the publication, once something was done to the copy."""
    made: dict[Change, Path] = {}

    def site_after(change: Change) -> Path:
        if change not in made:
            folder = tmp_path_factory.mktemp("changed")
            shutil.copyfile(publication, folder / "changed.duckdb")
            with duckdb.connect(str(folder / "changed.duckdb")) as connection:
                change(connection)
            make(folder / "changed.duckdb", folder / "site")
            made[change] = folder / "site"
        return made[change]

    return site_after
