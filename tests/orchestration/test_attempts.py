"""The last attempt: what is written of a refresh that succeeds, fails, is interrupted or killed."""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.errors import NothingToDoError, RevloopError
from orchestration import attempts, console, dbt_runner
from orchestration.attempts import Attempt, Ending, read, recorded
from orchestration.data_folder import DataFolder
from orchestration.settings import Settings
from tests.conftest import Workplace
from tests.orchestration.conftest import Revloop

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def attempt_of(workplace: Workplace) -> Attempt:
    found = read(DataFolder(workplace.data).attempt)
    assert found is not None
    return found


def record(path: Path, error: BaseException | None, ending: Ending, private: tuple[str, ...] = ()) -> Attempt:
    """What is written of a refresh that raises an error or none, and knows this of itself."""
    with (
        suppress(RevloopError, ValueError, KeyboardInterrupt),
        recorded(path, "revloop refresh", NOW, private, lambda: ending),
    ):
        assert (begun := read(path)) is not None
        assert (begun.outcome, begun.ended_at) == (attempts.BEGUN, None)
        if error:
            raise error
    found = read(path)
    assert found is not None
    assert found.ended_at is not None
    return found


@pytest.mark.parametrize(
    ("error", "ending", "outcome", "causes"),
    [
        (None, Ending("r2", is_published=True), "published", ()),
        (RevloopError("one", "two"), Ending("r2"), "failed", ("one", "two")),
        (ValueError("a fault\nof ours"), Ending("r2"), "failed", ("ValueError: a fault",)),
        (KeyboardInterrupt(), Ending("r2"), "interrupted", (attempts.INTERRUPTED_CAUSE,)),
        # Dagster keeps the errors of a run's steps to itself.
        (None, Ending("r2", causes=("a seed is wrong",)), "failed", ("a seed is wrong",)),
        (None, Ending("r2", causes=(attempts.INTERRUPTED_CAUSE,)), "interrupted", (attempts.INTERRUPTED_CAUSE,)),
        (None, Ending("r2"), "failed", ("not all of its steps were run",)),
        (RevloopError("after the flip"), Ending("r2", is_published=True), "published", ("after the flip",)),
    ],
)
def test_an_attempt_ends_as_it_did_and_says_why(
    tmp_path: Path, error: BaseException | None, ending: Ending, outcome: str, causes: tuple[str, ...]
) -> None:
    found = record(tmp_path / "attempt.json", error, ending)
    assert (found.outcome, found.causes) == (outcome, causes)
    assert (tmp_path / "attempt.json").stat().st_mode & 0o777 == 0o600


def test_why_what_was_published_has_no_dashboard_is_kept_beside_what_came_after(tmp_path: Path) -> None:
    ending = Ending("r2", is_published=True, site_causes=("no page of ada-1",))
    found = record(tmp_path / "attempt.json", RevloopError("a delivery failed"), ending, ("ada-1",))
    assert (found.outcome, found.causes, found.site_causes) == (
        "published",
        ("a delivery failed",),
        ("no page of …",),
    )
    # As the release before wrote it.
    told = json.loads((tmp_path / "attempt.json").read_text(encoding="utf-8"))
    del told["site_causes"]
    (tmp_path / "attempt.json").write_text(json.dumps(told), encoding="utf-8")
    assert read(tmp_path / "attempt.json") == replace(found, site_causes=())


@pytest.mark.parametrize("is_first", [True, False])
def test_a_command_that_found_nothing_to_do_is_no_attempt(tmp_path: Path, is_first: bool) -> None:
    path = tmp_path / "attempt.json"
    before = None if is_first else record(path, RevloopError("a seed is wrong"), Ending("r1"))
    with pytest.raises(NothingToDoError), recorded(path, "revloop erase", NOW, (), lambda: Ending("r2")):
        raise NothingToDoError("nothing to erase")
    assert read(path) == before


def test_an_attempt_names_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/bin/revloop", "erase", "--lead-id=ada-1", "--email", "ada@example.com"])
    monkeypatch.chdir(tmp_path)
    settings = Settings.read()
    assert settings.command == "revloop erase"
    found = record(
        tmp_path / "attempt.json", RevloopError("nothing of ada-1, ada@example.com"), Ending("r2"), settings.private
    )
    assert found.causes == ("nothing of …, …",)
    assert "ada" not in (tmp_path / "attempt.json").read_text(encoding="utf-8").replace("adapter", "")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"refresh_id": 1}', json.dumps({"causes": None})])
def test_a_damaged_file_is_told_in_a_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "attempt.json").write_text(text)
    with pytest.raises(RevloopError, match=r"attempt\.json cannot be read"):
        read(tmp_path / "attempt.json")


def test_every_cause_of_a_failed_refresh_is_a_line_and_status_has_them_all(
    revloop: Revloop, refreshed: Workplace
) -> None:
    for number in range(5):
        refreshed.add_row("stage_criteria", f"no_such_stage_{number},form_submit,,A typing error")
    said = revloop(refreshed, "refresh")
    assert said.code == 1
    causes = [line.removeprefix("revloop: ") for line in said.error.splitlines() if line.startswith("revloop: ")]
    assert said.error.splitlines()[-len(causes) :] == [f"revloop: {cause}" for cause in causes]
    assert [cause for number in range(5) for cause in causes if f"no_such_stage_{number}" in cause] == causes[:5]
    found = attempt_of(refreshed)
    assert (found.outcome, found.causes) == ("failed", tuple(causes))
    status = revloop(refreshed, "status")
    assert status.code == 1
    assert f"look: the last attempt failed: {causes[0]}" in status.out
    assert "all is well" not in status.out


def test_a_landing_folder_that_went_away_is_the_last_attempt_too(revloop: Revloop, refreshed: Workplace) -> None:
    refreshed.landing.rename(refreshed.folder / "elsewhere")
    assert revloop(refreshed, "refresh").code == 1
    assert f"look: the last attempt failed: no landing folder {refreshed.landing}" in revloop(refreshed, "status").out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("moment", ["ingest: begun", "transform: 2"])
def test_whoever_interrupts_a_refresh_is_told_that_nothing_was_published(
    revloop: Revloop, refreshed: Workplace, monkeypatch: pytest.MonkeyPatch, moment: str, number: signal.Signals
) -> None:
    tell = console.progress
    before = signal.getsignal(signal.SIGTERM)

    def progress(line: str) -> None:
        tell(line)
        if line.startswith(moment):
            os.kill(os.getpid(), number)

    monkeypatch.setattr(console, "progress", progress)
    monkeypatch.setattr(dbt_runner, "SECONDS_BETWEEN_PROGRESS", 0)
    published = refreshed.published.resolve()
    try:
        said = revloop(refreshed, "refresh")
    finally:
        signal.signal(signal.SIGTERM, before)
    assert said.code == 1
    assert said.error.splitlines()[-1] == "revloop: interrupted; nothing was published"
    assert refreshed.published.resolve() == published
    assert attempt_of(refreshed).outcome == "interrupted"
    assert "look: the last attempt failed: interrupted" in revloop(refreshed, "status").out


BEGIN_AND_DIE = """
import os, sys
from pathlib import Path
from orchestration.refresh import begin, dbt_project
from orchestration.request import Request
from orchestration.settings import Settings
folder = Path(sys.argv[1])
settings = Settings(folder / "dbt_project", folder / "landing", folder / "data", "1GB", None, "revloop refresh")
with begin(settings, Request(), dbt_project(settings), lambda line: None):
    if sys.argv[2] == "dies":
        os._exit(9)
    print("begun", flush=True)
    sys.stdin.read()
"""


def test_a_refresh_that_was_killed_is_told_from_one_that_is_at_work(revloop: Revloop, refreshed: Workplace) -> None:
    words = [sys.executable, "-c", BEGIN_AND_DIE, str(refreshed.folder)]
    with subprocess.Popen([*words, "lives"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        other.stdout.readline()
        said = revloop(refreshed, "status")
        assert "(revloop refresh), at work" in said.out
        assert ", killed" not in said.out
        other.stdin.close()
    assert subprocess.run([*words, "dies"], check=False).returncode == 9
    said = revloop(refreshed, "status")
    assert said.code == 1
    assert "look: the last attempt was killed before it ended" in said.out
