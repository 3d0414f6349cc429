"""The data folder: its paths, its layout version, its lock, and what a killed run leaves in it.

What stands inside the files is known elsewhere; here they are only names.
"""

import fcntl
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ingest.errors import RevloopError

LAYOUT_VERSION = "1"


class FolderInUseError(RevloopError):
    """Another process works on the data folder; `holder` says which."""

    def __init__(self, root: Path, holder: str) -> None:
        super().__init__(f"{root} is in use by {holder}: wait until it has ended")
        self.holder = holder


@dataclass(frozen=True)
class DataFolder:
    """The names of everything a run makes."""

    root: Path

    @property
    def layout(self) -> Path:
        return self.root / "layout"

    @property
    def lock(self) -> Path:
        return self.root / "refresh.lock"

    @property
    def erase_key(self) -> Path:
        return self.root / "erase.key"

    @property
    def erase_pending(self) -> Path:
        return self.root / "erase.pending"

    @property
    def store(self) -> Path:
        return self.root / "store.duckdb"

    @property
    def attempt(self) -> Path:
        """What is known of the refresh that began last."""
        return self.root / "last_attempt.json"

    @property
    def night(self) -> Path:
        return self.root / "night"

    @property
    def dev(self) -> Path:
        return self.root / "dev"

    @property
    def published(self) -> Path:
        return self.root / "published"

    @property
    def warehouse(self) -> Path:
        """The link that readers open."""
        return self.published / "revloop.duckdb"

    @property
    def delivered(self) -> Path:
        return self.root / "delivered"

    @property
    def ledger(self) -> Path:
        return self.root / "deliveries.duckdb"

    @property
    def dbt(self) -> Path:
        return self.root / "dbt"

    @property
    def tmp(self) -> Path:
        return self.root / "tmp"

    @property
    def alerts(self) -> Path:
        return self.root / "alerts.log"

    def check_layout(self) -> None:
        """Refuse a folder of another layout, or one that holds something else. A missing one is fine."""
        if self.root.exists() and not self.root.is_dir():
            raise RevloopError(f"the data folder {self.root} is a file: name a folder with --data or REVLOOP_DATA")
        if self.layout.exists():
            version = self.layout.read_text().strip()
            if version != LAYOUT_VERSION:
                raise RevloopError(
                    f"the data folder {self.root} has layout {version}, this revloop reads {LAYOUT_VERSION}: "
                    "use the revloop that made it, or another folder"
                )
            if not self.erase_key.exists():
                raise RevloopError(f"{self.erase_key} is missing: restore it from a backup, it recognises erased leads")
        elif self.store.exists() or self.published.exists():
            raise RevloopError(f"{self.layout} is missing: restore it from a backup, or use another data folder")

    def require(self) -> None:
        """Refuse a folder that no refresh has made yet."""
        self.check_layout()
        if not self.layout.exists():
            raise RevloopError(f"nothing at {self.root} yet: run `revloop refresh` first, or set REVLOOP_DATA")

    def prepare(self) -> None:
        """Make what is missing and empty tmp/. The caller holds the lock."""
        if not self.layout.exists():
            _write_whole(self.erase_key, secrets.token_hex(32), 0o600)
            _write_whole(self.layout, LAYOUT_VERSION + "\n", 0o644)
        empty(self.tmp)
        for folder in (self.night, self.published, self.dbt):
            folder.mkdir(exist_ok=True)

    def hash_key(self) -> bytes:
        """The key by which erased lead ids are recognised."""
        return bytes.fromhex(self.erase_key.read_text().strip())


@contextmanager
def exclusive(folder: DataFolder, command: str, now: datetime) -> Iterator[None]:
    """Hold the data folder alone. FolderInUseError at once, naming the holder, if another process has it.

    The operating system drops the lock with the process, so a killed run never blocks the next one.
    """
    folder.check_layout()
    try:
        folder.root.mkdir(parents=True, exist_ok=True)
        handle = folder.lock.open("a+")
    except OSError as error:
        raise RevloopError(
            f"cannot write to the data folder {folder.root} ({error.strerror}): make it writable, or name another"
        ) from error
    with handle:
        if not _take(handle.fileno()):
            raise FolderInUseError(folder.root, _holder(folder.lock))
        _rewrite(handle.fileno(), f"pid {os.getpid()} ({command}), started {now:%Y-%m-%d %H:%M:%S} UTC\n")
        try:
            yield
        finally:
            _rewrite(handle.fileno(), "")


def is_held(folder: DataFolder) -> bool:
    """Whether a process works on the data folder now."""
    try:
        with folder.lock.open() as handle:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


def empty(folder: Path) -> None:
    """Make the folder, or remove everything in it."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir()


def sync_folder(folder: Path) -> None:
    """Make renames in the folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _take(descriptor: int) -> bool:
    # Whoever only asks whether the folder is held has the lock for a moment.
    for _ in range(5):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            time.sleep(0.02)
    return False


def _holder(lock: Path) -> str:
    # Between taking the lock and signing it lies a moment.
    for _ in range(20):
        if text := lock.read_text().strip():
            return text
        time.sleep(0.05)
    return "a process that does not give its name"


def _rewrite(descriptor: int, text: str) -> None:
    os.ftruncate(descriptor, 0)
    os.write(descriptor, text.encode())


def _write_whole(path: Path, text: str, mode: int) -> None:
    half_made = path.with_name(f".{path.name}.tmp")
    half_made.unlink(missing_ok=True)
    descriptor = os.open(half_made, os.O_WRONLY | os.O_CREAT, mode)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(descriptor)
    half_made.replace(path)
    sync_folder(path.parent)
