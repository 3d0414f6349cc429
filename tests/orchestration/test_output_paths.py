"""Where commands may write: never over what the product keeps, nor over what lands."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.errors import RevloopError
from orchestration.output_paths import require_apart, require_free_file, require_free_folder
from orchestration.settings import Settings
from tests.conftest import Workplace
from tests.orchestration.conftest import Revloop


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a data folder, a landing folder and one free of both."""
    for folder in ("data/published", "landing/leads", "free"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "data" / "store.duckdb").write_text("raw history")
    (tmp_path / "landing" / "leads" / "a.csv").write_text("lead_id\n")
    return tmp_path


def settings_at(place: Path) -> Settings:
    return Settings(place / "dbt_project", place / "landing", place / "data", "1GB", None, "pytest")


def in_data(place: Path) -> Path:
    return place / "data" / "store.duckdb"


def by_a_dot_dot(place: Path) -> Path:
    return place / "free" / ".." / "data" / "published" / "revloop.duckdb"


def by_a_linked_folder(place: Path) -> Path:
    (place / "free" / "link").symlink_to(place / "data")
    return place / "free" / "link" / "out.csv"


def by_a_linked_file(place: Path) -> Path:
    (place / "free" / "link").symlink_to(in_data(place))
    return place / "free" / "link"


def by_a_hard_link(place: Path) -> Path:
    os.link(in_data(place), place / "free" / "out.csv")
    return place / "free" / "out.csv"


def in_landing(place: Path) -> Path:
    return place / "landing" / "leads" / "quarantine.csv"


def by_a_hard_link_to_what_landed(place: Path) -> Path:
    os.link(place / "landing" / "leads" / "a.csv", place / "free" / "out.csv")
    return place / "free" / "out.csv"


def over_a_pipe(place: Path) -> Path:
    os.mkfifo(place / "free" / "pipe")
    return place / "free" / "pipe"


def in_no_folder(place: Path) -> Path:
    return place / "nowhere" / "out.csv"


def in_no_utf8(place: Path) -> Path:
    return place / "free" / os.fsdecode(b"latin\xe9.csv")


@pytest.mark.parametrize(
    ("out", "why"),
    [
        (in_data, "lies in the data folder"),
        (by_a_dot_dot, "lies in the data folder"),
        (by_a_linked_folder, "lies in the data folder"),
        (by_a_linked_file, "lies in the data folder"),
        (by_a_hard_link, "is the same file as"),
        (in_landing, "lies in the landing folder"),
        (by_a_hard_link_to_what_landed, "is the same file as"),
        (over_a_pipe, "is no plain file"),
        (in_no_folder, "make it first"),
        (in_no_utf8, "no UTF-8"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_an_output_never_replaces_what_is_kept_or_landed(place: Path, out: Callable[[Path], Path], why: str) -> None:
    before = {path: path.read_bytes() for path in place.rglob("*") if path.is_file()}
    with pytest.raises(RevloopError, match=why):
        require_free_file(out(place), settings_at(place))
    assert {path: path.read_bytes() for path in before} == before


def test_an_output_elsewhere_is_free_also_where_a_name_begins_like_the_data_folder(place: Path) -> None:
    (place / "database").mkdir()
    (place / "free" / "old.csv").write_text("to be replaced")
    for name in ("free/new.csv", "free/old.csv", "database/new.csv", "data.csv"):
        require_free_file(place / name, settings_at(place))


def test_a_folder_that_is_not_there_yet_is_kept_free_too(tmp_path: Path) -> None:
    settings = settings_at(tmp_path / "later")
    with pytest.raises(RevloopError, match="lies in the data folder"):
        require_free_folder("--out", tmp_path / "later" / "x" / ".." / "data" / "made_up", settings.data)
    (tmp_path / "link").symlink_to(tmp_path / "later")
    with pytest.raises(RevloopError, match="lies in the data folder"):
        require_free_folder("--out", tmp_path / "link" / "data", settings.data)
    require_free_folder("--out", tmp_path / "later" / "data2", settings.data)


def test_a_made_up_company_may_land_but_not_over_the_data_folder(tmp_path: Path) -> None:
    require_free_folder("--out", tmp_path / "landing", tmp_path / "data")
    require_free_folder("--out", tmp_path, tmp_path / "data")
    with pytest.raises(RevloopError, match="files of a feed land"):
        require_free_folder("--out", tmp_path, tmp_path / "leads" / "data")


@pytest.mark.parametrize(("landing", "data"), [("d", "d"), ("d/landing", "d"), ("l", "l/leads"), ("l", "l/leads/d")])
def test_data_and_landing_that_would_be_taken_for_each_other_are_refused(
    tmp_path: Path, landing: str, data: str
) -> None:
    with pytest.raises(RevloopError, match="lies in"):
        require_apart(Settings(tmp_path, tmp_path / landing, tmp_path / data, "1GB", None, "pytest"))


@pytest.mark.parametrize(
    "words",
    [
        ["refresh", "--out", "data/store.duckdb"],
        ["refresh", "--out", "data/published/revloop.duckdb"],
        ["refresh", "--out", "landing/leads/marts.duckdb"],
        ["quarantine", "--out", "data/store.duckdb"],
        ["quarantine", "--out", "data/published/revloop.duckdb"],
        ["quarantine", "--out", "landing/leads/q.csv"],
        ["simulate", "--leads", "5", "--out", "data/made_up"],
        ["simulate", "--leads", "5", "--out", "made_up", "--seeds", "data/seeds"],
        ["refresh", "--landing", "data"],
    ],
    ids=" ".join,
)
def test_each_command_that_writes_is_refused_in_a_line_and_touches_nothing(
    revloop: Revloop, refreshed: Workplace, words: list[str]
) -> None:
    before = {path: path.read_bytes() for path in refreshed.folder.rglob("*") if path.is_file()}
    said = revloop(refreshed, *words)
    assert said.code == 1
    [line] = said.error.strip().splitlines()
    assert line.startswith("revloop: ")
    assert "lies in the" in line
    assert {path: path.read_bytes() for path in refreshed.folder.rglob("*") if path.is_file()} == before
