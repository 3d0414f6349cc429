"""The folders of `published/`: one for each refresh, and the one link that says which of them readers get.

What is in the files of a publication is known in `publication`. Only what this module, or the one of an earlier
layout, wrote is ever removed; whatever else lies in `published/` is somebody else's.
"""

import errno
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from ingest.durable import sync
from ingest.errors import RevloopError
from orchestration import modes
from orchestration.data_folder import DataFolder

MARTS = "revloop.duckdb"
PAY = "revloop_pay.duckdb"
# Every file that a publication may hold.
FILES = (MARTS, PAY)
# Between finding the way to a file and having it open, a reader needs a moment.
SECONDS_TO_OPEN = 2.0

_REFRESH_ID = r"r\d{8}T\d{12}Z"
IS_REFRESH_ID = re.compile(_REFRESH_ID)
_HALF_MADE = re.compile(rf"\.{_REFRESH_ID}\.tmp|\.(current|revloop\.duckdb|revloop_pay\.duckdb)\.tmp")
EARLIER_FILE = re.compile(rf"revloop-({_REFRESH_ID})\.duckdb")
_EARLIER_HALF_MADE = re.compile(rf"\.revloop-{_REFRESH_ID}\.duckdb\.tmp|\.revloop\.link")


def place(folder: DataFolder, files: Mapping[str, Path], refresh_id: str, pay_mode: int = modes.PRIVATE_FILE) -> Path:
    """Make the folder of a publication from its files, by name; there whole or not at all. Returns the folder."""
    target = folder.published / refresh_id
    half_made = folder.published / f".{refresh_id}.tmp"
    with modes.public():
        _remove(half_made)
        half_made.mkdir()
        try:
            for name, file in files.items():
                copy_durably(file, half_made / name, pay_mode if name == PAY else None)
            sync(half_made)
            half_made.replace(target)
        finally:
            _remove(half_made)
    sync(folder.published)
    return target


def adopt(folder: DataFolder, file: Path, refresh_id: str) -> None:
    """Make the folder of a publication around a file of an earlier layout, which keeps its old name beside it."""
    half_made = folder.published / f".{refresh_id}.tmp"
    with modes.public():
        _remove(half_made)
        half_made.mkdir()
        (half_made / MARTS).hardlink_to(file)
        half_made.replace(folder.published / refresh_id)
    sync(folder.published)


def copy_durably(file: Path, target: Path, mode: int | None = None) -> None:
    """A copy, on the disk before anybody is told of it: read-only for whom the umask lets, or of a mode of its own."""
    if mode is not None:
        # From its first byte on it is nobody else's.
        target.touch(modes.PRIVATE_FILE, exist_ok=False)
    shutil.copyfile(file, target)
    with modes.public() as umask:
        target.chmod(modes.READ_ONLY & ~umask if mode is None else mode)
    sync(target)


def flip(folder: DataFolder, refresh_id: str) -> None:
    """Let readers find this publication: from one moment to the next, and never none."""
    links = {folder.warehouse: MARTS, folder.pay: PAY}
    for link in (folder.current, *links):
        _require_ours(link)
    _link(folder.current, refresh_id)
    # They must lead somewhere from their first moment on; a publication of an earlier version has no pay.
    for link, name in links.items():
        is_made = link.is_symlink() and link.readlink() == Path("current", name)
        if not is_made and (folder.published / refresh_id / name).exists():
            _link(link, f"current/{name}")


def current(folder: DataFolder) -> Path | None:
    """The folder that readers are led to, None before the first publication."""
    if not (folder.current / MARTS).exists():
        return None
    return folder.published / folder.current.readlink()


def all_ids(folder: DataFolder) -> set[str]:
    """The refreshes whose publications are there."""
    return {
        path.name
        for path in folder.published.iterdir()
        if IS_REFRESH_ID.fullmatch(path.name) and path.is_dir() and not path.is_symlink()
    }


def remove(folder: DataFolder, refresh_id: str) -> None:
    """Remove a publication. Whoever has it open reads on; what somebody else put beside its files stays."""
    _remove(folder.published / refresh_id)


def remove_half_made(folder: DataFolder) -> None:
    """Remove what a killed run left."""
    for path in folder.published.iterdir():
        if _HALF_MADE.fullmatch(path.name) or _EARLIER_HALF_MADE.fullmatch(path.name):
            _remove(path)


def _require_ours(link: Path) -> None:
    if link.exists() and not link.is_symlink():
        raise RevloopError(f"{link} is not the link that readers open: move it elsewhere")


def _link(link: Path, target: str) -> None:
    half_made = link.with_name(f".{link.name}.tmp")
    half_made.unlink(missing_ok=True)
    half_made.symlink_to(target)
    half_made.replace(link)
    sync(link.parent)


def _remove(path: Path) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink()
        return
    if not path.is_dir():
        return
    for name in FILES:
        (path / name).unlink(missing_ok=True)
    try:
        path.rmdir()
    except OSError as error:
        if error.errno != errno.ENOTEMPTY:
            raise
