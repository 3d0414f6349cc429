"""The dashboard of a night: whole or the one before, whatever fails or is killed when, and never in the night's way."""

import itertools
import os
import shutil
import signal
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ingest.errors import RevloopError
from orchestration import attempts, leftovers, publication, site_files, sites, steps
from orchestration import publication_folders as folders
from orchestration.data_folder import DataFolder, exclusive
from orchestration.refresh import begin, dbt_project
from orchestration.request import Request
from orchestration.settings import utc_now
from orchestration.status import status
from tests.orchestration.builds import make_pages, publish
from tests.orchestration.small_nights import settings_of, small_builds, small_erasure, small_night

NIGHTS = [f"r2026030{number}T010000000000Z" for number in range(1, 6)]
CHANGES = ("os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.symlink", "os.chmod")
PERSON = "person-4711"


def night(folder: DataFolder, refresh_id: str, make: sites.Make = make_pages) -> tuple[str, ...]:
    """Publish and make the site; why that failed."""
    return sites.make(folder, publish(folder, refresh_id), make)


def failing(error: Exception) -> sites.Make:
    """Pages that fail when the first of them is written."""

    def make(published: Path, site: Path) -> None:
        make_pages(published, site)
        raise error

    return make


def plain(published: Path, site: Path) -> None:
    """Pages without a look into the file: forked processes do not share a database."""
    (site / "assets").mkdir(parents=True)
    (site / "index.html").write_text(published.parent.name)
    (site / "assets" / "core.js").write_text("'use strict';")


def unsaid(published: Path, site: Path) -> None:
    raise KeyError("a fault\nof ours")


def shown(folder: DataFolder) -> str | None:
    """The refresh of the page that readers open."""
    page = folder.site / "index.html"
    return page.read_text(encoding="utf-8").split()[0] if page.exists() else None


def half_made(folder: DataFolder) -> list[Path]:
    return [path for path in folder.published.rglob("*") if path.name.endswith(".tmp")]


def test_a_site_lies_beside_its_file_and_the_link_leads_to_the_latest(folder: DataFolder) -> None:
    for refresh_id in NIGHTS[:2]:
        assert night(folder, refresh_id) == ()
        assert folder.site.readlink() == Path(refresh_id, "site")
        assert shown(folder) == refresh_id
        assert sites.page(folder) == folder.site / "index.html"
        assert sites.worry(folder, ()) is None
    made = {path.relative_to(folder.site.resolve()).as_posix() for path in folder.site.resolve().rglob("*")}
    assert made == {".made", "assets", "assets/core.js", "index.html"}
    assert half_made(folder) == []


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (failing(RevloopError("a page is wrong", "so is another")), "a page is wrong; so is another"),
        (failing(OSError(28, "No space left on device", "core.js")), "core.js: No space left on device"),
        (unsaid, "unexpected KeyError: 'a fault\\nof ours' (test_site.py:"),
    ],
)
def test_a_site_that_fails_leaves_the_one_before_and_says_why(folder: DataFolder, make: sites.Make, told: str) -> None:
    night(folder, NIGHTS[0])
    causes = night(folder, NIGHTS[1], make)
    assert (shown(folder), publication.current(folder).parent.name) == (NIGHTS[0], NIGHTS[1])
    assert half_made(folder) == []
    worry = sites.worry(folder, causes)
    assert worry.startswith(f"the dashboard is still that of 2026-03-01 01:00:00 UTC: {told}")
    assert worry.endswith("; mend it and run `revloop refresh`")
    assert sites.worry(folder, ()) == ("the dashboard is still that of 2026-03-01 01:00:00 UTC: run `revloop refresh`")


def test_before_the_first_site_there_is_none_and_that_is_said(folder: DataFolder) -> None:
    assert sites.worry(folder, ()) is None
    causes = night(folder, NIGHTS[0], failing(RevloopError("a page is wrong")))
    assert sites.page(folder) is None
    assert sites.worry(folder, causes) == (
        "there is no dashboard until a refresh makes one: a page is wrong; mend it and run `revloop refresh`"
    )


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077], ids=oct)
def test_a_site_is_read_by_whom_the_umask_lets(folder: DataFolder, umask: int) -> None:
    published = publish(folder, NIGHTS[0])
    published.parent.chmod(0o2775)
    before = os.umask(umask)
    try:
        sites.make(folder, published, make_pages)
    finally:
        os.umask(before)
    place = published.parent / "site"
    modes = {path: path.stat().st_mode for path in (place, *place.rglob("*"))}
    assert {stat.S_IMODE(mode) for mode in modes.values() if stat.S_ISREG(mode)} == {0o444 & ~umask}
    # Whose group a shared folder hands on, it goes on handing on.
    assert {stat.S_IMODE(mode) for mode in modes.values() if stat.S_ISDIR(mode)} == {0o2000 | 0o777 & ~umask}


def test_the_night_whose_site_readers_have_is_kept_until_a_newer_one_has_a_site(folder: DataFolder) -> None:
    night(folder, NIGHTS[0])
    for refresh_id in NIGHTS[1:5]:
        night(folder, refresh_id, failing(RevloopError("a page is wrong")))
    assert folders.all_ids(folder) == {NIGHTS[0], *NIGHTS[2:5]}
    assert shown(folder) == NIGHTS[0]
    assert sites.make(folder, publication.current(folder), make_pages) == ()
    publication.clean(folder)
    assert folders.all_ids(folder) == set(NIGHTS[2:5])
    assert shown(folder) == NIGHTS[4]


def test_a_publication_goes_with_its_site_and_what_somebody_else_put_into_it_stays(folder: DataFolder) -> None:
    night(folder, NIGHTS[0])
    (folder.published / NIGHTS[0] / "site" / "assets" / "notes.txt").write_text("mine")
    night(folder, NIGHTS[1])
    (folder.published / NIGHTS[1] / "site" / "linked").symlink_to(folder.store)
    night(folder, NIGHTS[2])
    publication.clean(folder, keep=1)
    left = {path.relative_to(folder.published).as_posix() for path in folder.published.glob("r*/**/*")}
    assert {name for name in left if not name.startswith(NIGHTS[2])} == {
        *(f"{NIGHTS[0]}/{name}" for name in ("site", "site/assets", "site/assets/notes.txt")),
        *(f"{NIGHTS[1]}/{name}" for name in ("site", "site/linked")),
    }
    assert folder.store.exists()
    # What is left there is no site, and no night is taken for one that has it.
    assert shown(folder) == folders.site_id(folder) == NIGHTS[2]


def test_a_folder_in_the_place_of_the_link_is_not_overwritten(folder: DataFolder) -> None:
    folder.site.mkdir()
    (folder.site / "index.html").write_text("somebody's own")
    causes = night(folder, NIGHTS[0])
    assert causes == (f"{folder.site} is not the link that readers open: move it elsewhere",)
    leftovers.finish(folder, lambda line: None)
    assert shown(folder) == "somebody's"
    assert sites.page(folder) is None
    folder.site.rename(folder.root / "elsewhere")
    leftovers.finish(folder, lambda line: None)
    assert shown(folder) == NIGHTS[0]


def test_a_link_that_leads_nowhere_is_no_dashboard_and_the_next_night_mends_it(folder: DataFolder) -> None:
    publish(folder, NIGHTS[0])
    folder.site.symlink_to("r20260101T000000000000Z/site")
    assert sites.worry(folder, ()) == "there is no dashboard until a refresh makes one: run `revloop refresh`"
    publication.clean(folder)
    night(folder, NIGHTS[1])
    assert shown(folder) == NIGHTS[1]


def killed_at(step: int, work: Callable[[], object]) -> bool:
    """Do something in a child that is killed before its change of that number; whether it came to that."""
    child = os.fork()
    if child == 0:
        seen = 0

        def watch(event: str, _: tuple[Any, ...]) -> None:
            nonlocal seen
            if event in CHANGES:
                seen += 1
                if seen == step:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(watch)
        work()
        os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def states(folder: DataFolder, work: Callable[[], object]) -> Iterator[str | None]:
    """What readers have after `work` was killed at each of its changes, one after the other, and once it was not."""
    step = 1
    while killed_at(step, work):
        yield shown(folder)
        step += 1
    yield shown(folder)


def test_a_site_killed_at_any_change_is_the_one_before_or_whole(folder: DataFolder) -> None:
    night(folder, NIGHTS[0])
    published = publish(folder, NIGHTS[1])
    seen = []
    for state in states(folder, lambda: sites.make(folder, published, plain)):
        seen.append(state)
        is_whole = site_files.is_there(published.parent)
        leftovers.finish(folder, lambda line: None)
        assert half_made(folder) == []
        assert shown(folder) == (NIGHTS[1] if is_whole else NIGHTS[0])
        if is_whole:
            # The next one is killed one change later, of a site that is not there yet.
            folders.flip_site(folder, NIGHTS[0])
            site_files.remove(published.parent)
    assert (seen[0], seen[-1]) == (NIGHTS[0], NIGHTS[1])
    assert len(seen) > 10


def test_a_removal_killed_at_any_change_is_finished_by_the_next_one(folder: DataFolder) -> None:
    night(folder, NIGHTS[0])
    publish(folder, NIGHTS[1])
    whole, seen = folder.published, []
    for step in itertools.count(1):
        tried = DataFolder(folder.root.with_name(f"killed-{step}"))
        shutil.copytree(whole, tried.published, symlinks=True, copy_function=os.link)
        was_killed = killed_at(step, lambda: publication.clean(tried, keep=1))  # noqa: B023
        seen.append(shown(tried))
        publication.clean(tried, keep=1)
        assert folders.all_ids(tried) == {NIGHTS[1]}
        assert not tried.site.is_symlink()
        if not was_killed:
            break
    # No reader is led to a site that is half removed.
    assert set(seen) == {NIGHTS[0], None}
    assert len(seen) > 8


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workplace with one night, in which there is a person."""
    (tmp_path / "landing" / "leads").mkdir(parents=True)
    (tmp_path / "landing" / "leads" / "a.csv").write_text(f"lead_id,created_at\n{PERSON},2026-01-01\nkept,2026-01-02\n")
    small_night(tmp_path)
    return tmp_path


def naming(folder: DataFolder) -> set[str]:
    """The refreshes whose pages name the person."""
    return {page.parts[-3] for page in folder.published.glob("r*/site/index.html") if PERSON in page.read_text()}


def test_an_erasure_takes_all_older_sites_with_it(root: Path) -> None:
    small_night(root)
    folder = DataFolder(root / "data")
    assert len(naming(folder)) == 2
    lines = small_erasure(root, PERSON, None)
    assert not [line for line in lines if line.startswith("look: ")]
    assert naming(folder) == set()
    assert "kept" in (folder.site / "index.html").read_text()


def test_an_erasure_takes_all_older_sites_with_it_also_when_the_new_one_fails(root: Path) -> None:
    folder = DataFolder(root / "data")
    assert shown(folder)
    [look] = [
        line
        for line in small_erasure(root, PERSON, None, failing(RevloopError("a page is wrong")))
        if line.startswith("look: ")
    ]
    assert look == (
        "look: there is no dashboard until a refresh makes one: a page is wrong; mend it and run `revloop refresh`"
    )
    assert naming(folder) == set()
    assert not folder.site.is_symlink()
    small_night(root)
    assert shown(folder) == folder.current.readlink().name


def test_a_night_whose_site_fails_is_published_and_remembers_why(root: Path) -> None:
    folder = DataFolder(root / "data")
    refresh_id = small_night(root, make=failing(RevloopError("a page is wrong")))
    assert folder.current.readlink() == Path(refresh_id)
    attempt = attempts.read(folder.attempt)
    assert (attempt.outcome, attempt.causes, attempt.site_causes) == ("published", (), ("a page is wrong",))
    assert sites.worry(folder, attempt.site_causes) is not None
    small_night(root)
    assert attempts.read(folder.attempt).site_causes == ()
    assert sites.worry(folder, ()) is None


def test_a_dashboard_is_not_missed_while_a_night_is_at_work(root: Path) -> None:
    small_night(root, make=failing(RevloopError("a page is wrong")))

    def missed() -> list[str]:
        return [worry for worry in status(settings_of(root), utc_now()).worries if worry.startswith("the dashboard")]

    [worry] = missed()
    assert worry.endswith(": a page is wrong; mend it and run `revloop refresh`")
    with exclusive(DataFolder(root / "data"), "a night", utc_now()):
        assert missed() == []


def test_no_site_is_made_of_what_was_not_published(root: Path) -> None:
    settings = settings_of(root)
    with (
        small_builds(),
        begin(settings, Request(), dbt_project(settings), lambda line: None) as refresh,
        pytest.raises(RevloopError, match="only a whole refresh is published"),
    ):
        steps.make_site(refresh)
