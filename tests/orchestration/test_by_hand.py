"""dbt by hand: what an analyst types first works after one refresh, and touches nothing of the night's."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.errors import RevloopError
from orchestration import by_hand, leftovers, steps
from orchestration.catalogs import BUILD_FILES
from orchestration.data_folder import DataFolder
from orchestration.parts import SEEDS
from orchestration.refresh import Refresh, begin, dbt_project
from orchestration.request import Request
from orchestration.settings import Settings
from tests.conftest import Workplace

DBT = Path(sys.executable).with_name("dbt")


def dbt(folder: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run dbt in a folder as a person would: no variable of ours is set."""
    ours = ("REVLOOP_", "DBT_")
    return subprocess.run(
        [str(DBT), *map(str, words)],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if not name.startswith(ours)},
        capture_output=True,
        text=True,
    )


def bytes_of_the_night(workplace: Workplace) -> dict[Path, bytes]:
    folders = (workplace.data / "night", workplace.data / "published", workplace.data / "tmp")
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return {path: path.read_bytes() for path in [*files, workplace.data / "store.duckdb"]}


def test_after_one_refresh_a_model_is_built_from_inside_the_project_and_from_the_root(refreshed: Workplace) -> None:
    before = bytes_of_the_night(refreshed)
    from_inside = dbt(refreshed.project, "build", "--select", "dim_stages")
    assert from_inside.returncode == 0, from_inside.stdout
    assert f"{refreshed.data}/dev is a copy of the refresh r" in from_inside.stdout
    assert "eprecat" not in from_inside.stdout
    places = ("--project-dir", "dbt_project", "--profiles-dir", "dbt_project")
    from_the_root = dbt(refreshed.folder, "test", "--select", "dim_stages", *places)
    assert from_the_root.returncode == 0, from_the_root.stdout
    assert "is a copy of" not in from_the_root.stdout
    assert bytes_of_the_night(refreshed) == before
    assert not (refreshed.project / "data").exists()


@pytest.mark.whole
def test_before_any_refresh_one_line_says_what_to_run(workplace: Workplace) -> None:
    done = dbt(workplace.project, "build", "--select", "dim_stages")
    assert done.returncode != 0
    [line] = [line for line in done.stdout.splitlines() if "revloop refresh" in line]
    assert str(workplace.data) in line
    assert "Traceback" not in done.stdout + done.stderr
    assert not workplace.data.exists()
    assert not (workplace.project / "data").exists()


def test_the_data_folder_is_the_roots_also_inside_the_project(tmp_path: Path) -> None:
    project = tmp_path / "dbt_project"
    (project / "models").mkdir(parents=True)
    (project / "dbt_project.yml").touch()
    assert {by_hand.working_data(place) for place in (tmp_path, project, project / "models")} == {tmp_path / "data"}


@pytest.fixture
def night(folder: DataFolder) -> DataFolder:
    """A data folder with a store and a build that was published as r1."""
    for path in (folder.store, *(folder.night / name for name in BUILD_FILES)):
        path.write_text(f"{path.name} of r1")
    by_hand.mark_published(folder.night, "r1")
    return folder


def copies(folder: DataFolder) -> dict[str, str]:
    names = ("store.duckdb", *BUILD_FILES)
    return {name: (folder.dev / name).read_text() for name in names if (folder.dev / name).exists()}


def test_copies_are_made_once_and_again_when_a_later_night_was_published(night: DataFolder) -> None:
    assert by_hand.keep_up(night) == f"{night.dev} is a copy of the refresh r1"
    assert copies(night)["build.duckdb"] == "build.duckdb of r1"
    (night.dev / "build.duckdb").write_text("built by hand")
    assert by_hand.keep_up(night) is None
    assert copies(night)["build.duckdb"] == "built by hand"

    by_hand.mark_unfinished(night.night)
    (night.night / "build.duckdb").write_text("build.duckdb of r2")
    by_hand.mark_published(night.night, "r2")
    assert by_hand.keep_up(night) == f"{night.dev} is a copy of the refresh r2"
    assert copies(night)["build.duckdb"] == "build.duckdb of r2"
    assert {path.name for path in night.dev.iterdir()} == {*copies(night), by_hand.COPIED_FROM}


def test_a_night_that_failed_shows_its_rows_on_the_last_whole_build(night: DataFolder) -> None:
    by_hand.keep_up(night)
    by_hand.mark_unfinished(night.night)
    night.store.write_text("store.duckdb with more rows")
    (night.night / "build.duckdb").write_text("half a build")
    assert by_hand.keep_up(night) == f"{night.dev} is a copy of the refresh r1"
    assert copies(night) == {
        "store.duckdb": "store.duckdb with more rows",
        "build.duckdb": "build.duckdb of r1",
        "warehouse.duckdb": "warehouse.duckdb of r1",
        "pay.duckdb": "pay.duckdb of r1",
    }


def test_where_the_first_night_failed_models_can_be_built_from_its_rows(night: DataFolder) -> None:
    by_hand.mark_unfinished(night.night)
    assert "build a model with those above it" in (by_hand.keep_up(night) or "")
    assert copies(night) == {"store.duckdb": "store.duckdb of r1"}


def test_files_that_a_night_writes_to_are_not_copied(
    night: DataFolder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    copy_file: Callable[[Path, Path], Path] = by_hand.shutil.copyfile

    def while_the_night_writes(source: Path, target: Path) -> None:
        copy_file(source, target)
        with night.store.open("a") as store:
            store.write("x")

    monkeypatch.setattr(by_hand.shutil, "copyfile", while_the_night_writes)
    with pytest.raises(RevloopError, match="wait until it has ended"):
        by_hand.keep_up(night)
    assert list(night.dev.iterdir()) == []

    monkeypatch.undo()
    by_hand.keep_up(night)
    by_hand.mark_published(night.night, "r2")
    monkeypatch.setattr(by_hand.shutil, "copyfile", while_the_night_writes)
    assert "a refresh is on its way" in (by_hand.keep_up(night) or "")
    assert copies(night)["build.duckdb"] == "build.duckdb of r1"


def test_a_log_beside_a_file_is_copied_with_it_and_goes_with_it(night: DataFolder) -> None:
    log = night.store.with_name("store.duckdb.wal")
    log.write_text("what a kill left")
    by_hand.keep_up(night)
    assert (night.dev / log.name).read_text() == "what a kill left"
    log.unlink()
    by_hand.keep_up(night)
    assert not (night.dev / log.name).exists()


def test_a_published_build_is_marked_until_the_next_night_touches_it(
    refreshed: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = DataFolder(refreshed.data)
    mark = folder.night / by_hand.PUBLISHED_AS
    assert refreshed.rows(f"select 1 from marts.fct_refreshes where refresh_id = '{mark.read_text()}'")

    def touch_the_build(refresh: Refresh) -> None:
        raise RevloopError("touched")

    monkeypatch.setattr(steps, "_continue_or_rebuild", touch_the_build)
    settings = Settings(refreshed.project, refreshed.landing, refreshed.data, "1GB", None, "pytest")
    project = dbt_project(settings)
    with (
        begin(settings, Request(), project, lambda line: None) as refresh,
        pytest.raises(RevloopError, match="touched"),
    ):
        steps.build(refresh, SEEDS)
    assert not mark.exists()


def test_a_copy_that_was_made_while_a_person_was_erased_goes_when_the_erasure_is_finished(
    night: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leftovers.folders, "SECONDS_TO_OPEN", 0)
    night.erase_pending.touch()
    by_hand.keep_up(night)
    leftovers.end_erasure(night)
    assert not night.dev.exists()
