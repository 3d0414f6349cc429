"""The files of a landing folder: which there are, what they are called, what their bytes are.

How a file's rows are read is up to the readers of its format.
"""

import gzip
import hashlib
import os
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ingest.errors import RevloopError
from ingest.feeds import FEEDS
from ingest.sql import one_line

ENDINGS = (".csv", ".csv.gz", ".jsonl", ".jsonl.gz", ".parquet")
_CHUNK_BYTES = 1 << 20


class UnreadableFileError(Exception):
    """A file that cannot be read to its end; its text says why."""


@dataclass(frozen=True)
class LandedFile:
    """One file of a feed; `source` is its path below the landing folder."""

    feed: str
    path: Path
    source: str

    @property
    def format(self) -> str:
        """csv, jsonl or parquet."""
        return self.path.name.removesuffix(".gz").rpartition(".")[2]

    @property
    def is_gzipped(self) -> bool:
        """Whether the text is compressed."""
        return self.path.name.endswith(".gz")


@dataclass(frozen=True)
class Landing:
    """What lies in a landing folder; `unlisted` are folders that cannot be listed, with the cause."""

    files: list[LandedFile]
    ignored: list[str]
    unlisted: list[tuple[LandedFile, str]]


def discover(landing: Path) -> Landing:
    """List a landing folder in the order of the files' paths.

    Raises RevloopError when the folder is missing or is none.
    """
    try:
        is_folder = stat.S_ISDIR(landing.stat().st_mode)
        entries = sorted(landing.iterdir()) if is_folder else []
    except FileNotFoundError as error:
        raise RevloopError(
            f"landing folder {landing} does not exist; create it or name another with --landing"
        ) from error
    except OSError as error:
        raise RevloopError(
            f"landing folder {landing} cannot be read: {error.strerror}; check its permissions"
        ) from error
    if not is_folder:
        raise RevloopError(
            f"landing folder {landing} is a file; name the folder that holds {', '.join(FEEDS)} with --landing"
        )
    found = Landing([], [], [])
    for entry in entries:
        if entry.name in FEEDS and _is_folder(entry):
            _walk(landing, entry.name, entry, frozenset(), found)
        else:
            found.ignored.append(_ignored_name(landing, entry))
    found.files.sort(key=lambda file: file.source)
    return found


def _walk(landing: Path, feed: str, folder: Path, parents: frozenset[Path], found: Landing) -> None:
    # A link back to a parent folder would never end.
    real = folder.resolve()
    if real in parents:
        found.ignored.append(_ignored_name(landing, folder))
        return
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        unlisted = LandedFile(feed, folder, _source(landing, folder))
        found.unlisted.append((unlisted, f"cannot be listed: {error.strerror}"))
        return
    for entry in entries:
        if entry.name.startswith((".", "_")):
            found.ignored.append(_ignored_name(landing, entry))
        elif _is_folder(entry):
            _walk(landing, feed, entry, parents | {real}, found)
        elif entry.name.endswith(ENDINGS) and not _is_special(entry):
            found.files.append(LandedFile(feed, entry, _source(landing, entry)))
        else:
            found.ignored.append(_ignored_name(landing, entry))


def _is_special(path: Path) -> bool:
    """Whether a path is a pipe or device, whose reading might never end."""
    mode = _mode(path)
    return mode is not None and not stat.S_ISREG(mode)


def _is_folder(path: Path) -> bool:
    mode = _mode(path)
    return mode is not None and stat.S_ISDIR(mode)


def _mode(path: Path) -> int | None:
    """None where it cannot be known: reading the path will tell why."""
    try:
        return path.stat().st_mode
    except OSError:
        return None


def _source(landing: Path, path: Path) -> str:
    relative = path.relative_to(landing).as_posix()
    return os.fsencode(relative).decode("utf-8", errors="backslashreplace")


def _ignored_name(landing: Path, path: Path) -> str:
    return _source(landing, path) + ("/" if _is_folder(path) else "")


def sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hex; raises UnreadableFileError."""
    digest = hashlib.sha256()
    for chunk in _chunks(path):
        digest.update(chunk)
    return digest.hexdigest()


def _chunks(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                yield chunk
    except OSError as error:
        raise UnreadableFileError(f"cannot be read: {error.strerror}") from error


def fingerprint(path: Path) -> tuple[int, int, int] | None:
    """Inode, size and time of change, to tell whether a file was replaced while it was read."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


@contextmanager
def opened(file: LandedFile) -> Iterator[BinaryIO]:
    """The file's bytes, uncompressed; a fault of the file raises UnreadableFileError."""
    try:
        with (gzip.open if file.is_gzipped else open)(file.path, "rb") as stream:
            yield stream
    except (OSError, EOFError, zlib.error) as error:
        cause = getattr(error, "strerror", None) or one_line(error)
        raise UnreadableFileError(f"cannot be read to its end: {cause}") from error
