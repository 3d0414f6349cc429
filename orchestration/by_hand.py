"""The last night's build and store, copied for dbt by hand: a night never waits for them, and nothing is written back.

A copy is made at first use and again once a later night was published. Which files dbt opens is said in profiles.yml.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.errors import RevloopError
from orchestration.catalogs import BUILD_FILES
from orchestration.data_folder import DataFolder

TRIES = 3

# In the night's folder: the refresh that its build was published as. In the copies' folder: what they are copies of.
PUBLISHED_AS = "published_as"
COPIED_FROM = "copied_from"
NOTHING = ("", "")


def mark_published(build: Path, refresh_id: str) -> None:
    """Write beside a night's build that it is whole, and what it was published as."""
    (build / PUBLISHED_AS).write_text(refresh_id, encoding="utf-8")


def mark_unfinished(build: Path) -> None:
    """Take the mark away, before the next night touches the build."""
    (build / PUBLISHED_AS).unlink(missing_ok=True)


def working_data(working_directory: Path) -> Path:
    """`data` of the working directory, or of the repository's root from inside its dbt project."""
    for folder in (working_directory, *working_directory.parents):
        if (folder / "dbt_project.yml").is_file():
            return folder.parent / "data"
    return working_directory / "data"


def keep_up(folder: DataFolder) -> str | None:
    """Make or renew the copies in `folder.dev`. Returns the line that tells of it, None if they were up to date.

    RevloopError with what to run where there is nothing to copy yet, or nothing that stands still.
    """
    folder.require()
    if not folder.store.exists():
        raise RevloopError(f"no refresh has loaded anything into {folder.root} yet: run `revloop refresh` first")
    folder.dev.mkdir(mode=0o700, exist_ok=True)
    for _ in range(TRIES):
        seen = _look(folder)
        copied = _copied_from(folder.dev)
        # A night that has not ended, or never did, leaves the last whole one to build on; the store is read as it is.
        wanted = (seen.published_as or copied[0], seen.store)
        if wanted == copied:
            return None
        builds = [] if wanted[0] == copied[0] else [folder.night / name for name in BUILD_FILES]
        if _copy([folder.store, *builds], folder, seen):
            (folder.dev / COPIED_FROM).write_text("\n".join(wanted), encoding="utf-8")
            return _told(folder.dev, wanted[0])
    if _copied_from(folder.dev) != NOTHING:
        return "a refresh is on its way: this build sees what was there before it"
    raise RevloopError(f"a refresh is on its way in {folder.root}: wait until it has ended")


def forget(folder: DataFolder) -> None:
    """Remove the copies: one that was made while a person was erased may still hold them."""
    if folder.dev.exists():
        shutil.rmtree(folder.dev)


@dataclass(frozen=True)
class _Seen:
    """The files to copy at one instant: any later write makes it another."""

    published_as: str
    store: str
    build: str


def _look(folder: DataFolder) -> _Seen:
    return _Seen(
        _text(folder.night / PUBLISHED_AS),
        _state([folder.store]),
        _state([folder.night / name for name in BUILD_FILES]),
    )


def _copy(sources: Sequence[Path], folder: DataFolder, seen: _Seen) -> bool:
    """Copy files as they were seen; False, and nothing copied, if anything was written meanwhile."""
    copies = {path: folder.dev / f".{path.name}.tmp" for path in _with_logs(sources)}
    try:
        for path, copy in copies.items():
            shutil.copyfile(path, copy)
            copy.chmod(0o600)
        if _look(folder) != seen:
            return False
        (folder.dev / COPIED_FROM).unlink(missing_ok=True)
        for source in sources:
            (folder.dev / f"{source.name}.wal").unlink(missing_ok=True)
        for path, copy in copies.items():
            copy.replace(folder.dev / path.name)
    except FileNotFoundError:
        # What was seen went away under the copy: a night began, or a person was erased.
        return False
    finally:
        for copy in copies.values():
            copy.unlink(missing_ok=True)
    return True


def _with_logs(files: Sequence[Path]) -> list[Path]:
    """The files, each before its write-ahead log where one stands beside it: only together are they the database."""
    logs = [(file, file.with_name(f"{file.name}.wal")) for file in files]
    return [path for pair in logs for path in pair if path.exists()]


def _state(files: Sequence[Path]) -> str:
    """A text that any write to the files changes."""
    try:
        states = [(path.name, path.stat()) for path in _with_logs(files)]
    except FileNotFoundError:
        return "one went away while it was looked at"
    return " ".join(f"{name} {state.st_ino} {state.st_size} {state.st_mtime_ns}" for name, state in states)


def _copied_from(dev: Path) -> tuple[str, str]:
    """The refresh whose build was copied, and the state of the store when it was."""
    refresh_id, _, store = _text(dev / COPIED_FROM).partition("\n")
    return refresh_id, store


def _text(mark: Path) -> str:
    try:
        return mark.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def _told(dev: Path, refresh_id: str) -> str:
    if refresh_id:
        return f"{dev} is a copy of the refresh {refresh_id}"
    return f"{dev} has no build to begin from, as no refresh was published yet: build a model with those above it (+)"
