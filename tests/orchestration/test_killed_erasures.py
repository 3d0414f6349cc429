"""An erasure may die at any step: the next night finishes it, and no byte of the person is left in the data folder.

By hand, whole erasures with dbt too: REVLOOP_KILLS=30 pytest tests/orchestration/test_killed_erasures.py
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.errors import RevloopError
from orchestration import erasure_mark, publication
from orchestration import publication_folders as folders
from orchestration.data_folder import DataFolder
from orchestration.outputs import ledger
from orchestration.outputs.deliver import deliver
from orchestration.outputs.sinks import open_sink
from orchestration.request import Request
from orchestration.settings import utc_now
from tests.conftest import ROOT, Workplace
from tests.orchestration.small_nights import COUNT, small_erasure, small_night

KILLS = int(os.environ.get("REVLOOP_KILLS", "10"))
WHOLE_KILLS = KILLS if "REVLOOP_KILLS" in os.environ else 0
PERSON, MERGED, ADDRESS = "person-4711", "merged-4712", "somebody@example.com"
LEADS = f"""lead_id,created_at,email,merged_into_lead_id
{PERSON},2026-01-01,{ADDRESS},
{MERGED},2026-01-02,other-{ADDRESS},{PERSON}
kept,2026-01-03,kept@example.com,
{PERSON},no day,,
nobody,no day,{ADDRESS.upper()},
"""
AS_OF = datetime(2026, 3, 1, tzinfo=UTC)


def holding(root: Path) -> list[str]:
    """The files of a data folder, but for the delivered ones, with a byte sequence that tells of the person."""
    told = [text.encode() for text in (PERSON, MERGED, ADDRESS, ADDRESS.upper())]
    return [
        str(path.relative_to(root))
        for path in sorted((root / "data").rglob("*"))
        if path.is_file() and "delivered" not in path.parts and any(text in path.read_bytes() for text in told)
    ]


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workplace with two nights, a delivery, and the person wherever a data folder may hold one."""
    root = tmp_path_factory.mktemp("before")
    (root / "landing" / "leads").mkdir(parents=True)
    (root / "landing" / "leads" / "a.csv").write_text(LEADS)
    for _ in range(2):
        small_night(root, Request(as_of=AS_OF))
    folder = DataFolder(root / "data")
    deliver(folder, open_sink("files", folder), utc_now())
    folder.dev.mkdir()
    folder.models.mkdir()
    model = folder.models / "2026-03-logistic-0123.json"
    for place in (folder.dev / "build.duckdb", folder.dbt / "run_results.json", model, folder.alerts):
        place.write_text(f"nightly failed: lead {PERSON} of {ADDRESS}\nanother line\n")
    (folder.store.with_name("store.duckdb.renewed")).write_text(PERSON)
    return root


def copy_of(root: Path, to: Path) -> Path:
    return shutil.copytree(root, to, symlinks=True)


def erase_in_a_child(root: Path, number: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "tests.orchestration.small_nights", str(root), PERSON, number]
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)


def test_nothing_of_a_person_is_left(before: Path, tmp_path: Path) -> None:
    root = copy_of(before, tmp_path / "whole")
    assert {"store.duckdb", "deliveries.duckdb", "alerts.log"} <= {Path(name).name for name in holding(root)}
    small_erasure(root, f" {PERSON} ", None)
    folder = DataFolder(root / "data")
    assert holding(root) == []
    assert len(folders.all_ids(folder)) == 1
    assert not folder.erase_pending.exists()
    assert "another line" in folder.alerts.read_text()
    shown = publication.business_time(folder.warehouse.resolve())
    assert (shown.as_of, shown.is_asked) == (AS_OF, True)


def test_an_erasure_killed_at_any_step_is_finished_by_the_next_night(before: Path, tmp_path: Path) -> None:
    counted = erase_in_a_child(copy_of(before, tmp_path / "counted"), COUNT)
    assert counted.returncode == 0, counted.stderr
    steps = int(counted.stdout)
    assert steps > 30
    begun = 0
    for kill in range(1, KILLS + 1):
        step = round(kill * steps / KILLS)
        root = copy_of(before, tmp_path / f"killed-{step}")
        done = erase_in_a_child(root, str(step))
        assert done.returncode == -signal.SIGKILL, done.stderr
        folder = DataFolder(root / "data")
        mark = erasure_mark.read(folder)
        if mark is None and holding(root):
            # It was killed before it began: whoever asked for it asks again.
            small_erasure(root, PERSON, None)
        else:
            begun += 1
            small_night(root)
        assert holding(root) == [], f"killed at step {step} of {steps}"
        assert not folder.erase_pending.exists()
    assert begun >= KILLS * 0.7


def test_a_mark_names_nobody_in_clear(before: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = copy_of(before, tmp_path / "marked")
    folder = DataFolder(root / "data")

    def died(*_: object) -> None:
        raise RevloopError("it died here")

    with monkeypatch.context() as patched:
        patched.setattr(ledger, "erase", died)
        with pytest.raises(RevloopError, match="it died here"):
            small_erasure(root, PERSON, None)
    assert folder.erase_pending.stat().st_mode & 0o777 == 0o600
    marked = folder.erase_pending.read_text()
    assert not [text for text in (PERSON, MERGED, ADDRESS) if text in marked]
    # One names the person by the id, one by the address alone.
    assert len(erasure_mark.read(folder).erasure.rows) == 2
    small_night(root)
    assert holding(root) == []


def test_an_erasure_is_finished_also_by_the_next_erasure(
    before: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = copy_of(before, tmp_path / "twice")
    with monkeypatch.context() as patched:
        patched.setattr(publication, "publish", lambda *_: (_ for _ in ()).throw(RevloopError("no space")))
        with pytest.raises(RevloopError, match="older publications hold it until a refresh succeeds"):
            small_erasure(root, PERSON, None)
    assert {Path(name).parts[1] for name in holding(root)} == {"published"}
    # The same words again: nobody knows the address any more, and that is as it should be.
    small_erasure(root, None, ADDRESS)
    assert holding(root) == []


def test_who_is_erased_by_an_address_that_only_quarantine_has_is_gone_too(before: Path, tmp_path: Path) -> None:
    root = copy_of(before, tmp_path / "quarantined")
    (root / "landing" / "leads" / "b.csv").write_text("lead_id,created_at,email\nlonely-9,no day,lonely@example.com\n")
    small_night(root)
    small_erasure(root, None, "Lonely@Example.com ")
    assert b"lonely" not in (root / "data" / "store.duckdb").read_bytes()


@pytest.mark.skipif(not WHOLE_KILLS, reason="by hand: REVLOOP_KILLS=30")
def test_whole_erasures_killed_at_random_moments(make_workplace: Callable[[str], Workplace], tmp_path: Path) -> None:
    whole = make_workplace("killed_erasures")
    whole.land("leads/a.csv", LEADS)
    whole.refresh("--as-of", "2026-03-01")
    assert whole.revloop("deliver").returncode == 0
    aside = copy_of(whole.data, tmp_path / "aside")
    begun = time.monotonic()
    assert whole.revloop("erase", "--lead-id", PERSON).returncode == 0
    seconds = time.monotonic() - begun
    moments = random.Random(4711)
    for _ in range(WHOLE_KILLS):
        shutil.rmtree(whole.data)
        copy_of(aside, whole.data)
        process = whole.start("erase", "--lead-id", PERSON)
        time.sleep(moments.uniform(0, seconds))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        has_begun = (whole.data / "erase.pending").exists() or not holding(whole.folder)
        if has_begun:
            whole.refresh()
        else:
            assert whole.revloop("erase", "--lead-id", PERSON).returncode == 0
        assert holding(whole.folder) == []
