"""A file of a landing folder: what it is called, what its bytes are, and by which path an engine may read it.

Which files there are is found out in `landing`; how rows are read is up to the readers of each format.
"""

import gzip
import hashlib
import os
import re
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from ingest.origins import GoneError, Origin, UnreadableError
from ingest.sql import one_line

ENDINGS = (".csv", ".csv.gz", ".jsonl", ".jsonl.gz", ".parquet")
# What CRMs and spreadsheets write besides: a mapping says how it is to be read.
EXPORT_ENDINGS = (*ENDINGS, ".txt", ".txt.gz", ".tsv", ".tsv.gz", ".xlsx")
_CHUNK_BYTES = 1 << 20
_BREAKS_LINES = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_PLAIN_PATH = re.compile(r"[^*?\[\]{}\\\ud800-\udfff]+")


@dataclass(frozen=True)
class LandedFile(Origin):
    """One file of a feed; `source` is its path below the landing folder."""

    path: Path

    @property
    def format(self) -> str:
        """Its ending: csv, jsonl or parquet, of an export txt, tsv or xlsx too."""
        return self.path.name.lower().removesuffix(".gz").rpartition(".")[2]

    @property
    def is_gzipped(self) -> bool:
        """Whether the text is compressed."""
        return self.path.name.lower().endswith(".gz")


@dataclass(frozen=True)
class ExportedFile(LandedFile):
    """One file that comes in through a mapping, as one of its objects; `feed` is the first that the object maps to."""

    mapping: str
    object: str


def export_ending(name: str) -> str:
    """The ending, of those that an export's file may have, that a name has in any case; empty where it has none."""
    return max((ending for ending in EXPORT_ENDINGS if name.lower().endswith(ending)), key=len, default="")


def legible(path: Path | str) -> str:
    """A path or name as text: bytes that are no UTF-8, and what would break a line, as escapes."""
    text = os.fsencode(path).decode("utf-8", errors="backslashreplace")
    return _BREAKS_LINES.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hex; raises UnreadableError, GoneError where it is there no more."""
    digest = hashlib.sha256()
    for chunk in _chunks(path):
        digest.update(chunk)
    return digest.hexdigest()


def _chunks(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                yield chunk
    except FileNotFoundError as error:
        raise GoneError("went away") from error
    except OSError as error:
        raise UnreadableError(f"cannot be read: {error.strerror}") from error


def state_of(path: Path) -> tuple[int, int, int] | None:
    """Inode, size and time of change, to tell whether a file was replaced while it was read."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


@contextmanager
def opened(file: LandedFile) -> Iterator[BinaryIO]:
    """The file's bytes, uncompressed; a fault of the file raises UnreadableError."""
    try:
        with (gzip.open if file.is_gzipped else open)(file.path, "rb") as stream:
            yield stream
    except (OSError, EOFError, zlib.error) as error:
        cause = getattr(error, "strerror", None) or one_line(error)
        raise UnreadableError(f"cannot be read to its end: {cause}") from error


@contextmanager
def readable_by_engines(file: LandedFile, temp_directory: Path | None = None) -> Iterator[LandedFile]:
    """The file under a path that DuckDB and Arrow take as it stands: UTF-8, without a pattern's characters.

    Another name is read through a link in a folder of its own, which ends with the context.
    """
    if _PLAIN_PATH.fullmatch(str(file.path)):
        yield file
        return
    with tempfile.TemporaryDirectory(prefix="revloop-", dir=temp_directory) as folder:
        link = Path(folder) / f"file.{file.format}{'.gz' if file.is_gzipped else ''}"
        link.symlink_to(file.path.absolute())
        yield replace(file, path=link)
