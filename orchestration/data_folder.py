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
from typing import TextIO

from ingest.durable import put_in_place
from ingest.errors import RevloopError
from orchestration import modes

LAYOUT_VERSION = "3"
OLDER_LAYOUTS = ("1", "2")


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
    def current(self) -> Path:
        """The one link that is flipped, to the folder of the latest publication."""
        return self.published / "current"

    @property
    def warehouse(self) -> Path:
        """The link that readers open: it leads through `current`, and stays as it is."""
        return self.published / "revloop.duckdb"

    @property
    def pay(self) -> Path:
        """The link that those open who may read pay: it leads through `current` too."""
        return self.published / "revloop_pay.duckdb"

    @property
    def site(self) -> Path:
        """The link to the site of the latest publication that has one: it is flipped when that is whole."""
        return self.published / "site"

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
    def models(self) -> Path:
        """The models by which leads were scored, as files to read."""
        return self.root / "models"

    @property
    def tmp(self) -> Path:
        return self.root / "tmp"

    @property
    def alerts(self) -> Path:
        return self.root / "alerts.log"

    @property
    def private(self) -> tuple[Path, ...]:
        """All that is the owner's alone; DuckDB keeps a log beside a file that it writes."""
        files = (self.store, self.ledger)
        logs = tuple(path.with_name(f"{path.name}.wal") for path in files)
        own = (self.layout, self.lock, self.erase_key, self.erase_pending, self.alerts, self.attempt)
        return (*files, *logs, *own, self.night, self.dev, self.delivered, self.dbt, self.models, self.tmp)

    def check_layout(self) -> None:
        """Refuse a folder of a newer layout, or one that holds something else. A missing one is fine."""
        if self.root.exists() and not self.root.is_dir():
            raise RevloopError(f"the data folder {self.root} is a file: name a folder with --data or REVLOOP_DATA")
        if self.layout.exists():
            version = self._version()
            if version != LAYOUT_VERSION and version not in OLDER_LAYOUTS:
                raise RevloopError(
                    f"the data folder {self.root} has layout {version}, this revloop reads {LAYOUT_VERSION}: "
                    "use the revloop that made it, or another folder"
                )
            if not self.erase_key.exists():
                raise RevloopError(f"{self.erase_key} is missing: restore it from a backup, it recognises erased leads")
        elif self.store.exists() or self.warehouse.is_symlink():
            raise RevloopError(f"{self.layout} is missing: restore it from a backup, or use another data folder")

    def require(self) -> None:
        """Refuse a folder that no refresh has made yet."""
        self.check_layout()
        if not self.layout.exists():
            raise RevloopError(f"nothing at {self.root} yet: run `revloop refresh` first, or set REVLOOP_DATA")

    def require_store(self) -> None:
        """Refuse to begin anew where refreshes were published: with the store, who was erased would be forgotten."""
        if os.path.lexists(self.warehouse) and not self.store.exists():
            raise RevloopError(
                f"{self.store} is missing, though refreshes of it were published: restore it from a backup, as it also "
                "knows who was erased, or begin in another data folder"
            )

    @property
    def is_older(self) -> bool:
        """Whether an earlier revloop made the folder, so that it has to be brought to this layout first."""
        return self.layout.exists() and self._version() in OLDER_LAYOUTS

    def make(self) -> None:
        """Make the folder itself, in which others find only what they know the name of; one that is there stays."""
        self.root.parent.mkdir(parents=True, exist_ok=True)
        try:
            self.root.mkdir(modes.PRIVATE_FOLDER)
        except FileExistsError:
            return
        self.root.chmod(modes.DATA_FOLDER)

    def prepare(self) -> None:
        """Make what is missing and empty tmp/. The caller holds the lock."""
        with modes.private():
            if not self.layout.exists():
                write_whole(self.erase_key, secrets.token_hex(32))
                self.write_layout()
            empty(self.tmp)
            for folder in (self.night, self.dbt):
                folder.mkdir(exist_ok=True)
            with modes.public():
                self.published.mkdir(exist_ok=True)

    def write_layout(self) -> None:
        """Say that everything in the folder is of this layout."""
        write_whole(self.layout, LAYOUT_VERSION + "\n")

    def _version(self) -> str:
        return self.layout.read_text(encoding="utf-8", errors="replace").strip()

    def hash_key(self) -> bytes:
        """The key by which erased lead ids are recognised."""
        return bytes.fromhex(self.erase_key.read_text(encoding="utf-8").strip())


@contextmanager
def exclusive(folder: DataFolder, command: str, now: datetime) -> Iterator[None]:
    """Hold the data folder alone. FolderInUseError at once, naming the holder, if another process has it.

    The operating system drops the lock with the process, so a killed run never blocks the next one.
    """
    folder.check_layout()
    try:
        folder.make()
        handle = append_to(folder.lock)
    except OSError as error:
        raise RevloopError(
            f"cannot write to the data folder {folder.root} ({error.strerror}): make it writable, or name another"
        ) from error
    with handle:
        if holder := _taken_by(handle.fileno(), folder.lock):
            raise FolderInUseError(folder.root, holder)
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


def _take(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _taken_by(descriptor: int, lock: Path) -> str | None:
    """Take the lock and return None, or who has it."""
    # Who has it without a name is about to sign, about to give it back, or only looks whether it is held.
    for _ in range(20):
        if _take(descriptor):
            return None
        if text := lock.read_text(encoding="utf-8", errors="replace").strip():
            return text
        time.sleep(0.05)
    return "a process that does not give its name"


def _rewrite(descriptor: int, text: str) -> None:
    os.ftruncate(descriptor, 0)
    os.write(descriptor, text.encode())


def append_to(path: Path) -> TextIO:
    """A file to write at the end of, the owner's alone from its first moment on."""
    return _opened(path, os.O_APPEND)


def _opened(path: Path, flag: int) -> TextIO:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | flag, modes.PRIVATE_FILE)
    return os.fdopen(descriptor, "a+" if flag == os.O_APPEND else "w+", encoding="utf-8")


def write_whole(path: Path, text: str) -> None:
    """Write a file of the owner's alone: there whole, and on the disk, or as it was."""
    half_made = path.with_name(f".{path.name}.tmp")
    half_made.unlink(missing_ok=True)
    with _opened(half_made, os.O_TRUNC) as file:
        file.write(text)
    put_in_place(half_made, path)
