"""Nights without dbt: rows are loaded, published and erased as in any other, and the build is a handful of rows.

Run as a script it erases, and is killed at one of the moments at which it changes a file.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ingest import erase as erasing
from ingest.store import connect
from orchestration import erasure, modes, publication_folders, steps
from orchestration.dashboard import site
from orchestration.dbt_results import Build
from orchestration.parts import SEEDS, Part
from orchestration.refresh import Refresh, begin, dbt_project
from orchestration.request import Request
from orchestration.settings import Settings
from orchestration.sites import Make
from tests.orchestration.builds import make_build, make_pages, make_pay

CHANGES = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.chmod", "shutil.rmtree"}
COUNT = "count"


def settings_of(root: Path) -> Settings:
    """The settings of a workplace with its folders `data`, `landing` and `dbt_project`."""
    return Settings(root / "dbt_project", root / "landing", root / "data", "500MB", None, "a test")


@contextmanager
def small_builds(make: Make = make_pages) -> Iterator[None]:
    """Let nights build their publications from the leads in the store, in milliseconds, and their sites by `make`."""

    def build(refresh: Refresh, part: Part) -> Build:
        if part != SEEDS:
            _build_leads(refresh)
        refresh.builds.append(Build([], ()))
        return refresh.builds[-1]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(steps, "build", build)
        patched.setattr(steps, "score", lambda refresh: None)
        patched.setattr(site, "make", lambda published, place, **_: make(published, place))
        patched.setattr(steps, "_stages", lambda project: frozenset({"captured"}))
        patched.setattr(publication_folders, "SECONDS_TO_OPEN", 0)
        yield


def _build_leads(refresh: Refresh) -> None:
    connection = connect(refresh.folder.store)
    try:
        leads = dict(connection.execute("select lead_id, coalesce(email, '') from raw.leads").fetchall())
    finally:
        connection.close()
    for name in ("build", "warehouse"):
        with modes.private():
            make_build(
                refresh.catalogs.build / f"{name}.duckdb",
                refresh.refresh_id,
                as_of=refresh.as_of,
                is_as_of_asked=refresh.request.is_as_of_asked,
                scores=leads,
            )
    with modes.private():
        make_pay(refresh.catalogs.build / "pay.duckdb", refresh.refresh_id)


def small_night(root: Path, request: Request = Request(), make: Make = make_pages) -> str:  # noqa: B008
    """One such night; its refresh_id."""
    settings = settings_of(root)
    with (
        small_builds(make),
        begin(settings, request, dbt_project(settings), lambda line: None) as refresh,
    ):
        steps.run(refresh, settings.landing)
    return refresh.refresh_id


def small_erasure(root: Path, lead_id: str | None, email: str | None, make: Make = make_pages) -> list[str]:
    """Erase somebody, with such a night; what is said of it."""
    with small_builds(make):
        return erasure.erase(settings_of(root), lead_id, email, lambda line: None)


def _counted(root: Path, kill_at: int | None) -> Callable[[], int]:
    """Count the changes of files below a folder, and kill this process before the one of that number."""
    seen = 0

    def tick() -> None:
        nonlocal seen
        seen += 1
        if seen == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if (event in CHANGES or writes) and str(arguments[0]).startswith(str(root)):
            tick()

    write_anew = erasing.write_anew

    def watched(*arguments: Any) -> None:
        # What the database writes Python does not see: the rows are committed, then they are in no byte of a copy.
        tick()
        write_anew(*arguments)
        tick()

    erasing.write_anew = watched
    sys.addaudithook(watch)
    return lambda: seen


if __name__ == "__main__":
    place, lead, number = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    count = _counted(place / "data", None if number == COUNT else int(number))
    small_erasure(place, lead, None)
    print(count())  # noqa: T201
