"""The site of a publication as files: made beside its place, there whole or not at all, and removed with it.

What is on its pages is the affair of `dashboard`, and which publication's site readers get, of `publication_folders`.
"""

import errno
import shutil
from collections.abc import Callable
from pathlib import Path

from ingest.durable import sync
from orchestration import modes

SITE = "site"
_HALF_MADE = ".site.tmp"
# What a site is made of, by name: whatever else lies in it is somebody else's.
_MADE = ".made"


def place(publication: Path, make: Callable[[Path], None]) -> None:
    """Let `make` write the site of a publication into a folder that is not there yet, and put that in its place."""
    half_made = publication / _HALF_MADE
    with modes.public() as umask:
        remove_half_made(publication)
        try:
            make(half_made)
            _settle(half_made, umask)
            half_made.replace(publication / SITE)
        finally:
            remove_half_made(publication)
    sync(publication)


def is_there(publication: Path) -> bool:
    """Whether a publication has a site; one that is there is whole."""
    return (publication / SITE / _MADE).is_file()


def remove(publication: Path) -> None:
    """Remove a publication's site, whole or half made; what somebody else put into it stays."""
    remove_half_made(publication)
    site = publication / SITE
    if site.is_symlink() or not site.is_dir():
        return
    # What is in a folder goes before it, and the names last: a removal that was killed is done anew.
    for path in (*sorted(_made(site), reverse=True), site / _MADE, site):
        if path.is_dir() and not path.is_symlink():
            remove_empty(path)
        else:
            path.unlink(missing_ok=True)


def remove_half_made(publication: Path) -> None:
    """Remove what a killed run left of a site."""
    half_made = publication / _HALF_MADE
    if half_made.is_dir() and not half_made.is_symlink():
        shutil.rmtree(half_made)


def remove_empty(folder: Path) -> None:
    """Remove a folder in which nothing is left."""
    try:
        folder.rmdir()
    except OSError as error:
        if error.errno != errno.ENOTEMPTY:
            raise


def _made(site: Path) -> list[Path]:
    names = site / _MADE
    return [site / name for name in names.read_text(encoding="utf-8").splitlines()] if names.is_file() else []


def _settle(site: Path, umask: int) -> None:
    """Put all of it on the disk, read-only for whom the umask lets, with the names of what there is."""
    made = sorted(path.relative_to(site).as_posix() for path in site.rglob("*"))
    (site / _MADE).write_text("".join(f"{name}\n" for name in made), encoding="utf-8")
    for path in (*site.rglob("*"), site):
        if path.is_file():
            path.chmod(modes.READ_ONLY & ~umask)
        sync(path)
