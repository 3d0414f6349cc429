"""Files that another process holds: who waits for it, how long, and what is said meanwhile."""

import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import duckdb
import pytest

from ingest import opening
from ingest.errors import RevloopError
from ingest.opening import HeldError, opened
from ingest.store import connect
from orchestration import console
from tests.conftest import Workplace
from tests.orchestration.conftest import Revloop

HOLD_FOR_A_MOMENT = """
import sys, time, duckdb
with duckdb.connect(sys.argv[1], read_only=sys.argv[2] == "reads"):
    print("open", flush=True)
    time.sleep(float(sys.argv[3]))
"""


@contextmanager
def open_elsewhere(file: Path, seconds: float, how: str = "reads") -> Iterator[int]:
    """Another process that reads or writes a DuckDB file for so long; its pid."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD_FOR_A_MOMENT, str(file), how, str(seconds)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    holder.stdout.readline()
    try:
        yield holder.pid
    finally:
        holder.kill()
        holder.wait()


class SleepersClock:
    """A clock that goes on only while someone sleeps by it."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        """Seconds that were slept."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Go on at once."""
        self.now += seconds


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A DuckDB file that nobody holds."""
    path = tmp_path / "some.duckdb"
    duckdb.connect(str(path)).close()
    return path


def test_what_others_hold_is_opened_when_they_have_ended_and_they_are_named_meanwhile(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING), open_elsewhere(file, 0.6) as pid:
        opened(file, lambda: duckdb.connect(str(file)), seconds=30).close()
    [line] = caplog.messages
    assert line.startswith(f"waiting for {file}, up to 30 s more: held by ")
    assert line.endswith(f"(PID {pid})")


def test_whoever_holds_it_for_long_is_named_every_so_often_and_at_the_end(
    file: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "time", SleepersClock())
    monkeypatch.setattr(opening, "SECONDS_BETWEEN_TRIES", 10)
    with open_elsewhere(file, 60) as pid, pytest.raises(HeldError, match=rf"held by .*python.* \(PID {pid}\)"):
        opened(file, lambda: duckdb.connect(str(file)), seconds=70)
    assert [message.split(": ")[0] for message in caplog.messages] == [
        f"waiting for {file}, up to {left} s more" for left in (70, 40, 10)
    ]


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda path: path.write_bytes(b"no database at all"), "is no DuckDB database: restore it from a backup"),
        (lambda path: path.write_bytes(path.read_bytes()[:6000]), "cannot be read .*: restore it from a backup"),
        (lambda path: path.unlink(), "is missing: restore it from a backup"),
        (lambda path: (path.unlink(), path.mkdir()), "cannot be read .*Is a directory"),
    ],
    ids=["garbage", "cut", "missing", "folder"],
)
def test_what_cannot_be_opened_is_told_at_once_and_by_its_cause_alone(file: Path, make: object, told: str) -> None:
    make(file)
    begun = time.monotonic()
    with pytest.raises(RevloopError, match=told) as refused:
        connect(file, read_only=True)
    assert time.monotonic() - begun < 5
    assert "held" not in str(refused.value)
    assert "permission" not in str(refused.value)


def test_a_night_waits_at_each_of_its_steps_for_whoever_holds_the_store(
    revloop: Revloop, refreshed: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = refreshed.data / "store.duckdb"
    tell = console.progress
    waits = []
    with ExitStack() as other:

        def progress(line: str) -> None:
            tell(line)
            if line.startswith("waiting for "):
                waits.append(line)
                other.close()
            elif line in ("process: begun", "ingest: begun", "transform: begun", "publish: begun"):
                # Whoever writes keeps even dbt out, which only reads.
                how = "reads" if line in ("ingest: begun", "publish: begun") else "writes"
                other.enter_context(open_elsewhere(store, 600, how))

        monkeypatch.setattr(console, "progress", progress)
        said = revloop(refreshed, "refresh", "--full")
    assert said.code == 0, said.error
    assert len(waits) == 4, said.error


def test_a_store_that_is_read_for_ever_is_told_in_a_line(
    revloop: Revloop, refreshed: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "SECONDS_A_NIGHT_WAITS", 0)
    with open_elsewhere(refreshed.data / "store.duckdb", 60) as pid:
        said = revloop(refreshed, "refresh")
    assert said.code == 1
    holder = f"store.duckdb is held by {os.path.realpath(sys.executable)} (PID {pid})"
    assert holder in said.error.splitlines()[-1]
    assert f"look: the last attempt failed: {refreshed.data / holder}" in revloop(refreshed, "status").out
