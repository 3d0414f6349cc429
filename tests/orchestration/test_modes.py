"""Who may read what: a data folder is its owner's, what is published follows the umask."""

import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orchestration.data_folder import DataFolder, append_to
from orchestration.outputs.deliver import deliver
from orchestration.outputs.sinks import open_sink
from orchestration.request import Request
from orchestration.settings import utc_now
from tests.conftest import Workplace
from tests.orchestration.small_nights import small_erasure, small_night

AS_OF = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(params=[0o022, 0o077, 0o000], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def wrong(root: Path, umask: int) -> list[str]:
    """What in a data folder has another mode than it should."""
    should = {}
    for path in root.rglob("*"):
        if not path.is_symlink():
            is_published = path.relative_to(root).parts[0] == "published"
            private = 0o700 if path.is_dir() else 0o600
            published = (0o777 if path.is_dir() else 0o444) & ~umask
            should[path] = published if is_published and path.name != "revloop_pay.duckdb" else private
    return [f"{path}: {mode(path):o}, not {wanted:o}" for path, wanted in should.items() if mode(path) != wanted]


def test_what_a_night_a_delivery_an_alert_and_an_erasure_make_is_the_owners_alone(tmp_path: Path, umask: int) -> None:
    (tmp_path / "landing" / "leads").mkdir(parents=True)
    (tmp_path / "landing" / "leads" / "a.csv").write_text("lead_id,created_at\na,2026-01-01\nb,no day\n")
    small_night(tmp_path, Request(as_of=AS_OF))
    folder = DataFolder(tmp_path / "data")
    deliver(folder, open_sink("files", folder), utc_now())
    with append_to(folder.alerts) as file:
        file.write("a night failed\n")
    assert mode(folder.root) == 0o711
    assert wrong(folder.root, umask) == []
    small_erasure(tmp_path, "a", None)
    assert wrong(folder.root, umask) == []
    assert os.umask(umask) == umask


def test_a_folder_that_somebody_else_made_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "landing").mkdir()
    for folder in (tmp_path / "data", tmp_path / "data" / "published"):
        folder.mkdir()
        folder.chmod(0o2775)
    small_night(tmp_path)
    assert [mode(tmp_path / "data"), mode(tmp_path / "data" / "published")] == [0o2775, 0o2775]


def test_what_dbt_and_dagster_make_in_a_night_is_the_owners_alone(refreshed: Workplace) -> None:
    umask = os.umask(0)
    os.umask(umask)
    assert list((refreshed.data / "dbt" / "run").rglob("*.sql"))
    assert mode(refreshed.data) == 0o711
    assert wrong(refreshed.data, umask) == []


def test_an_alert_before_the_first_night_makes_the_folder_as_a_night_does(tmp_path: Path, umask: int) -> None:
    folder = DataFolder(tmp_path / "deep" / "data")
    folder.make()
    with append_to(folder.alerts) as file:
        file.write("a night failed\n")
    assert (mode(folder.root), mode(folder.alerts)) == (0o711, 0o600)
