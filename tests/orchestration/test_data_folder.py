"""The data folder: who holds it, what a killed run leaves, and which folders are refused."""

import fcntl
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from ingest.errors import RevloopError
from orchestration.data_folder import DataFolder, FolderInUseError, exclusive
from orchestration.settings import utc_now

HOLD = """
import sys, time
from pathlib import Path
from orchestration.data_folder import DataFolder, exclusive
from orchestration.settings import utc_now
with exclusive(DataFolder(Path(sys.argv[1])), "revloop refresh --full", utc_now()):
    print("held", flush=True)
    time.sleep(60)
"""


def hold(folder: DataFolder) -> subprocess.Popen[str]:
    """Another process that has the folder."""
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(folder.root)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder


def test_a_second_run_is_refused_at_once_and_told_who_was_first(folder: DataFolder) -> None:
    holder = hold(folder)
    try:
        begun = time.monotonic()
        with (
            pytest.raises(FolderInUseError, match=rf"pid {holder.pid} \(revloop refresh --full\), started 20"),
            exclusive(folder, "revloop refresh", utc_now()),
        ):
            pass
        assert time.monotonic() - begun < 1
    finally:
        holder.kill()
        holder.wait()


def test_the_lock_of_a_killed_run_is_no_lock(folder: DataFolder) -> None:
    holder = hold(folder)
    holder.kill()
    holder.wait()
    assert "revloop refresh --full" in folder.lock.read_text()
    with exclusive(folder, "revloop deliver", utc_now()):
        assert "revloop deliver" in folder.lock.read_text()
    assert folder.lock.read_text() == ""


def test_a_lock_is_given_back_after_a_failure(folder: DataFolder) -> None:
    with pytest.raises(ValueError, match="broken"), exclusive(folder, "first", utc_now()):
        raise ValueError("broken")
    with exclusive(folder, "second", utc_now()):
        pass


def test_threads_of_one_process_exclude_each_other_too(folder: DataFolder) -> None:
    refused = []

    def second() -> None:
        try:
            with exclusive(folder, "second", utc_now()):
                pass
        except FolderInUseError as error:
            refused.append(str(error))

    with exclusive(folder, "first", utc_now()):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert len(refused) == 1


def test_preparing_empties_tmp_and_keeps_the_key(folder: DataFolder) -> None:
    key = folder.hash_key()
    (folder.tmp / "spill").mkdir()
    (folder.tmp / "spill" / "block").write_text("left by a killed run")
    folder.prepare()
    assert list(folder.tmp.iterdir()) == []
    assert folder.hash_key() == key
    assert len(key) == 32
    assert folder.erase_key.stat().st_mode & 0o077 == 0


def test_a_newer_layout_is_refused(folder: DataFolder) -> None:
    folder.layout.write_text("4\n")
    with pytest.raises(RevloopError, match=r"has layout 4, this revloop reads 3"):
        folder.check_layout()


def test_a_store_without_a_layout_is_refused(folder: DataFolder) -> None:
    folder.layout.unlink()
    folder.store.touch()
    with pytest.raises(RevloopError, match="layout is missing"):
        folder.check_layout()


def test_a_folder_without_its_key_is_refused_because_erased_leads_would_come_back(folder: DataFolder) -> None:
    folder.erase_key.unlink()
    with pytest.raises(RevloopError, match=r"erase.key is missing"):
        folder.check_layout()


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    with pytest.raises(RevloopError, match="is a file"):
        DataFolder(tmp_path / "data").check_layout()


def test_a_lock_that_is_held_for_a_moment_without_a_name_refuses_nobody(folder: DataFolder) -> None:
    with folder.lock.open("a") as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        threading.Timer(0.4, fcntl.flock, (looking, fcntl.LOCK_UN)).start()
        with exclusive(folder, "a night", utc_now()):
            assert "a night" in folder.lock.read_text()
