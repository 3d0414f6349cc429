"""Where a command may write: never over what the product keeps, nor over what lands.

Paths are compared as the file system sees them: links and `..` resolved, whatever the spelling of a name's case, and
whether or not the folders exist yet.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from ingest.errors import RevloopError
from ingest.feeds import FEEDS
from orchestration.settings import Settings, in_utf8


def require_free_file(out: Path, settings: Settings) -> None:
    """RevloopError if a file written at `out` would lie in the data or the landing folder, or be one of theirs."""
    in_utf8("file", out, "name another with --out")
    for name, folder in (("data", settings.data), ("landing", settings.landing)):
        if _lies_in(out, folder):
            raise RevloopError(f"--out {out} lies in the {name} folder {folder}: name a file outside of it")
        if twin := _hard_link(out, folder):
            raise RevloopError(f"--out {out} is the same file as {twin} in the {name} folder: name another file")
    if out.exists() and not out.is_file():
        raise RevloopError(f"--out {out} is no plain file: name a file that may be replaced")
    if not out.parent.is_dir():
        raise RevloopError(f"no folder {out.parent} to write {out.name} into: make it first")


def require_new_file(out: Path, settings: Settings) -> None:
    """RevloopError as `require_free_file` does, and if the file is there: what a person wrote is never written over."""
    require_free_file(out, settings)
    if out.exists():
        raise RevloopError(f"--out {out} is there already: name a new file")


def require_free_folder(option: str, out: Path, data: Path) -> None:
    """RevloopError if a folder written at `out` lies in the data folder, or would take feeds where that lies."""
    if _lies_in(out, data):
        raise RevloopError(f"{option} {out} lies in the data folder {data}: name a folder outside of it")
    _require_out_of_feeds(data, out)


def require_apart(settings: Settings) -> None:
    """RevloopError if the data folder and the landing folder are so nested that one would be taken for the other."""
    if _lies_in(settings.landing, settings.data):
        raise RevloopError(
            f"the landing folder {settings.landing} lies in the data folder {settings.data}: name another with "
            "--landing or --data"
        )
    _require_out_of_feeds(settings.data, settings.landing)


def _require_out_of_feeds(data: Path, landing: Path) -> None:
    for feed in FEEDS:
        if _lies_in(data, landing / feed):
            raise RevloopError(
                f"the data folder {data} lies in {landing / feed}, where files of a feed land: name another with --data"
            )


def _lies_in(path: Path, folder: Path) -> bool:
    """Whether a path is the folder or below it."""
    place, root = path.resolve(), folder.resolve()
    if root.exists():
        return any(_is_same(parent, root) for parent in (place, *place.parents))
    # What is not there yet is compared by name, beside the nearest folder that is.
    standing = next(parent for parent in root.parents if parent.exists())
    missing = _names(root.relative_to(standing), standing)
    for parent in (place, *place.parents):
        if _is_same(parent, standing):
            below = _names(place.relative_to(parent), standing)
            return below[: len(missing)] == missing
    return False


def _names(below: Path, standing: Path) -> tuple[str, ...]:
    return tuple(name.casefold() for name in below.parts) if _ignores_case(standing) else below.parts


def _ignores_case(folder: Path) -> bool:
    other = folder.with_name(folder.name.swapcase())
    return other != folder and _is_same(other, folder)


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


def _hard_link(out: Path, folder: Path) -> Path | None:
    """The file of the folder that is the same as `out` under another name."""
    if not out.is_file() or out.stat().st_nlink == 1:
        return None
    return next((path for path in _files_below(folder) if _is_same(path, out)), None)


def _files_below(folder: Path) -> Iterator[Path]:
    for parent, _, names in os.walk(folder):
        yield from (Path(parent) / name for name in names)
