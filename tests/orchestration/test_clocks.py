"""Clocks jump: what came first is told by what was written, and one night at a wrong time costs no later one."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from ingest.errors import RevloopError
from orchestration import publication, refresh, steps
from orchestration import publication_folders as folders
from orchestration.data_folder import DataFolder
from orchestration.outputs.deliver import deliver
from orchestration.outputs.sinks import open_sink
from orchestration.request import Request
from tests.orchestration.small_nights import small_erasure, small_night

NOW = datetime(2026, 3, 1, 1, tzinfo=UTC)
AHEAD = NOW + timedelta(days=4 * 365)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "landing" / "leads").mkdir(parents=True)
    return tmp_path


@contextmanager
def patched_clock(now: datetime) -> Iterator[None]:
    """Every step of a refresh at one instant."""
    with pytest.MonkeyPatch.context() as patched:
        for module in (refresh, steps):
            patched.setattr(module, "utc_now", lambda: now)
        yield


def night_at(root: Path, now: datetime, request: Request = Request()) -> str:  # noqa: B008
    with patched_clock(now):
        return small_night(root, request)


def send(root: Path, now: datetime) -> None:
    folder = DataFolder(root / "data")
    deliver(folder, open_sink("files", folder), now)


def test_nights_at_one_instant_are_told_apart(root: Path) -> None:
    ids = [night_at(root, NOW) for _ in range(3)]
    assert ids == [f"r20260301T01000000000{number}Z" for number in range(3)]
    with duckdb.connect(str(root / "data" / "store.duckdb"), read_only=True) as connection:
        assert connection.execute("select batch_id from ops.batches order by loaded_at").fetchall() == [
            (refresh_id,) for refresh_id in ids
        ]


def test_after_a_night_years_ahead_the_latest_nights_are_kept_and_delivered(root: Path) -> None:
    ahead = night_at(root, AHEAD)
    send(root, AHEAD)
    folder = DataFolder(root / "data")
    ids = []
    for day in range(1, 5):
        now = NOW + timedelta(days=day)
        ids.append(night_at(root, now))
        send(root, now)
        assert publication.refresh_id_of(publication.current(folder)) == ids[-1]
    assert folders.all_ids(folder) == set(ids[-3:])
    assert ahead not in folders.all_ids(folder)


def test_a_clock_that_goes_back_a_little_reorders_nothing(root: Path) -> None:
    ids = [night_at(root, NOW - timedelta(minutes=minutes)) for minutes in (0, 3, 1, 2)]
    folder = DataFolder(root / "data")
    assert folders.all_ids(folder) == set(ids[1:])
    assert publication.newer_than(folder, publication.current(folder)) is None


def test_an_erasure_after_a_night_years_ahead_keeps_its_as_of(root: Path) -> None:
    (root / "landing" / "leads" / "a.csv").write_text("lead_id,created_at\na,2026-01-01\n")
    night_at(root, AHEAD)
    with patched_clock(NOW):
        small_erasure(root, "a", None)
    shown = publication.business_time(publication.current(DataFolder(root / "data")))
    assert (shown.as_of, shown.is_asked) == (AHEAD, False)
    night_at(root, NOW)
    send(root, NOW)


@pytest.mark.parametrize(
    ("started_at", "latest"),
    [
        (datetime(2026, 3, 1, 1, tzinfo=UTC), datetime(2027, 3, 1, 1, tzinfo=UTC)),
        (datetime(2028, 2, 29, 1, tzinfo=UTC), datetime(2029, 3, 1, 1, tzinfo=UTC)),
    ],
)
def test_an_as_of_more_than_a_year_after_the_start_is_refused(
    root: Path, started_at: datetime, latest: datetime
) -> None:
    with pytest.raises(RevloopError, match="more than a year after the refresh's start"):
        night_at(root, started_at, Request(as_of=latest + timedelta(microseconds=1)))
    assert not (root / "data").exists()
    night_at(root, started_at, Request(as_of=latest))
