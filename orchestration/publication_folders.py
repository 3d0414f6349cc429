"""The folders of `published/`: one for each refresh, and the links that say which of them readers get.

One link leads to the publication, another to its site, which is made later and may fail: the one before it stays then.
What is in the files of a publication is known in `publication`, and in those of a site in `site_files`. Only what this
module, or the one of an earlier layout, wrote is ever removed; whatever else lies in `published/` is somebody else's.
"""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from ingest.durable import sync
from ingest.errors import RevloopError
from orchestration import modes, site_files
from orchestration.data_folder import DataFolder

MARTS = "revloop.duckdb"
PAY = "revloop_pay.duckdb"
# Every file that a publication may hold.
FILES = (MARTS, PAY)
# Between finding the way to a file and having it open, a reader needs a moment.
SECONDS_TO_OPEN = 2.0

_REFRESH_ID = r"r\d{8}T\d{12}Z"
IS_REFRESH_ID = re.compile(_REFRESH_ID)
_HALF_MADE = re.compile(rf"\.{_REFRESH_ID}\.tmp|\.(current|site|revloop\.duckdb|revloop_pay\.duckdb)\.tmp")
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


def flip_site(folder: DataFolder, refresh_id: str) -> None:
    """Let readers find the site of this publication: from one moment to the next."""
    _require_ours(folder.site)
    _link(folder.site, f"{refresh_id}/{site_files.SITE}")


def site_id(folder: DataFolder) -> str | None:
    """The refresh whose site readers are led to, None where there is none."""
    target = folder.site.readlink() if folder.site.is_symlink() else Path()
    led_to = target.parent.name
    is_ours = target == Path(led_to, site_files.SITE) and IS_REFRESH_ID.fullmatch(led_to)
    return led_to if is_ours and site_files.is_there(folder.published / led_to) else None


def finish_site(folder: DataFolder, refresh_id: str) -> None:
    """Let readers find the site of this publication, if there is a whole one that a kill kept from them."""
    is_free = folder.site.is_symlink() or not folder.site.exists()
    if is_free and site_id(folder) != refresh_id and site_files.is_there(folder.published / refresh_id):
        flip_site(folder, refresh_id)


def all_ids(folder: DataFolder) -> set[str]:
    """The refreshes whose publications are there."""
    return {
        path.name
        for path in folder.published.iterdir()
        if IS_REFRESH_ID.fullmatch(path.name) and path.is_dir() and not path.is_symlink()
    }


def remove(folder: DataFolder, refresh_id: str) -> None:
    """Remove a publication with its site. Who has it open reads on; what somebody else put beside its files stays."""
    if site_id(folder) == refresh_id:
        folder.site.unlink()
        sync(folder.published)
    _remove(folder.published / refresh_id)


def remove_half_made(folder: DataFolder) -> None:
    """Remove what a killed run left."""
    for path in folder.published.iterdir():
        if _HALF_MADE.fullmatch(path.name) or _EARLIER_HALF_MADE.fullmatch(path.name):
            _remove(path)
    for refresh_id in all_ids(folder):
        site_files.remove_half_made(folder.published / refresh_id)


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
    site_files.remove(path)
    for name in FILES:
        (path / name).unlink(missing_ok=True)
    site_files.remove_empty(path)
