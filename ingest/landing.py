"""The walk of a landing folder: which files are a feed's, what they are called, and what is ignored and why.

A refresh and the sensor that starts one both walk here. What a file's bytes are is the affair of `files`.
"""

import errno
import hashlib
import os
import stat
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar, TypeVar

from ingest.errors import RevloopError
from ingest.feeds import FEEDS
from ingest.files import ENDINGS, EXPORT_ENDINGS, ExportedFile, LandedFile, legible
from ingest.mapped.library import Mapping, Mappings

HIDDEN = "its name begins with . or _"
NO_FEED = f"it is none of the feeds' folders {', '.join(FEEDS)}"
NO_FOLDER = "it is a file, where a folder of files is expected"
LEADS_OUT = "a link that leads out of the landing folder"
LEADS_NOWHERE = "a link that leads nowhere"
LEADS_UP = "a link to a folder that the landing folder lies in"
LEADS_BACK = "a link to a folder that is read already"
WENT_AWAY = "it went away before it was read"
UNREACHABLE = "it cannot be reached"
SPECIAL = "it is a pipe, socket or device"

File = TypeVar("File", bound=LandedFile)


@dataclass(frozen=True)
class Ignored:
    """A name in the landing folder that is not read (of a folder with a `/` behind it), and why."""

    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.name} ({self.reason})"


@dataclass(frozen=True)
class Landing:
    """What lies in a landing folder: files of feeds, files of exports and their mappings, and what is ignored.

    `unlisted` are folders or names that cannot be looked into, with the cause.
    """

    files: list[LandedFile] = field(default_factory=list)
    exported: list[ExportedFile] = field(default_factory=list)
    mappings: dict[str, Mapping] = field(default_factory=dict)
    ignored: list[Ignored] = field(default_factory=list)
    unlisted: list[tuple[LandedFile, str]] = field(default_factory=list)


def check_landing(landing: Path) -> None:
    """Raise RevloopError when the landing folder is missing, is no folder or cannot be read."""
    try:
        is_folder = stat.S_ISDIR(landing.stat().st_mode)
        if is_folder:
            os.scandir(landing).close()
        if is_folder and not os.access(landing, os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except FileNotFoundError as error:
        raise RevloopError(
            f"no landing folder {legible(landing)}: make it, or name another with --landing or REVLOOP_LANDING"
        ) from error
    except (OSError, ValueError) as error:
        cause = getattr(error, "strerror", None) or error
        raise RevloopError(
            f"the landing folder {legible(landing)} cannot be read ({cause}): give this user access to it"
        ) from error
    if not is_folder:
        raise RevloopError(
            f"the landing folder {legible(landing)} is a file: name the folder that holds {', '.join(FEEDS)}"
        )


def exports_in(landing: Path, mappings: Mappings) -> list[str]:
    """The names of the mappings that the folders in a landing folder need."""
    return [
        name for name, path in _entries(landing) if name in mappings.paths and _why_no_folder(landing, path) is None
    ]


def discover(landing: Path, mappings: Mappings | None = None) -> Landing:
    """List a landing folder, its files in the order of their names; without mappings, the shipped ones are known.

    Raises RevloopError when the folder is missing, is none or cannot be read, or a mapping for what lies in it is
    wrong; whatever lies in it is listed.
    """
    check_landing(landing)
    mappings = mappings or Mappings()
    found = Landing()
    for name, path in _entries(landing):
        if name not in FEEDS and name not in mappings.paths:
            found.ignored.append(Ignored(_with_slash(name, path), _why_no_source(name, path, mappings)))
        elif (reason := _why_no_folder(landing, path)) is not None:
            found.ignored.append(Ignored(name, reason))
        elif name in FEEDS:
            _Walk(landing, path, found, _Feed(name)).run()
        else:
            found.mappings[name] = mappings.read(name)
            _Walk(landing, path, found, _Export(found.mappings[name])).run()
    found.ignored.sort(key=str)
    files = _with_names_of_their_own(sorted(found.files, key=_by_source))
    exported = _with_names_of_their_own(sorted(found.exported, key=_by_source))
    return replace(found, files=files, exported=exported)


def _by_source(file: LandedFile) -> tuple[str, bytes]:
    return file.source, os.fsencode(file.path)


def _why_no_source(name: str, path: Path, mappings: Mappings) -> str:
    is_folder = _with_slash(name, path).endswith("/")
    return mappings.why_none(name) if is_folder and not name.startswith((".", "_")) else NO_FEED


def fingerprint(landing: Path, mappings: Mappings | None = None) -> str:
    """A text that changes when a file comes, goes or changes, or a mapping; raises RevloopError like `discover`."""
    found = discover(landing, mappings)
    digest = hashlib.sha256()
    for name, mapping in sorted(found.mappings.items()):
        digest.update(f"{name} {mapping.hash}\0\n".encode())
    for file in [*found.files, *found.exported, *(folder for folder, _ in found.unlisted)]:
        try:
            state = file.path.stat()
        except OSError:
            # It has gone or is out of reach: a later look will tell it apart.
            digest.update(f"{file.source}\0\n".encode())
            continue
        digest.update(f"{file.source}\0{state.st_size}\0{state.st_mtime_ns}\n".encode())
    return digest.hexdigest()


@dataclass(frozen=True)
class _Feed:
    """What lies below a feed's folder."""

    name: str
    endings: ClassVar[tuple[str, ...]] = ENDINGS

    @property
    def feed(self) -> str:
        """The feed that answers for what cannot be looked into."""
        return self.name

    def take(self, found: Landing, source: str, path: Path) -> str | None:
        """Add a file to what was found; why not, if not."""
        found.files.append(LandedFile(self.name, source, path))
        return None


@dataclass(frozen=True)
class _Export:
    """What lies below the folder of a mapping."""

    mapping: Mapping
    endings: ClassVar[tuple[str, ...]] = EXPORT_ENDINGS

    @property
    def name(self) -> str:
        return self.mapping.name

    @property
    def feed(self) -> str:
        """The feed that answers for what cannot be looked into."""
        return self.mapping.feeds_of(next(iter(self.mapping.source.objects)))[0]

    def take(self, found: Landing, source: str, path: Path) -> str | None:
        """Add a file to what was found; why not, if not."""
        name = self.mapping.object_of(source.removeprefix(f"{self.name}/"))
        if name is None:
            patterns = [pattern for one in self.mapping.source.objects.values() for pattern in one.files]
            return f"no object of the mapping {self.name} has such a name: {', '.join(patterns)}"
        found.exported.append(ExportedFile(self.mapping.feeds_of(name)[0], source, path, self.name, name))
        return None


class _Walk:
    """The walk below one folder: every folder in it once, those that links lead to after all others."""

    def __init__(self, landing: Path, folder: Path, found: Landing, kind: _Feed | _Export) -> None:
        self._kind = kind
        self._found = found
        self._roots = tuple(os.path.realpath(root) for root in (landing, folder))
        self._folders = deque([(kind.name, folder)])
        self._linked_folders: deque[tuple[str, Path]] = deque()
        self._walked: set[tuple[int, int]] = set()

    def run(self) -> None:
        """Add what lies below the folder to what was found."""
        while self._folders or self._linked_folders:
            source, folder = (self._folders or self._linked_folders).popleft()
            if self._is_new(source, folder):
                self._list(source, folder)

    def _is_new(self, source: str, folder: Path) -> bool:
        try:
            state = folder.stat()
        except OSError as error:
            self._add_unlisted(source, folder, error)
            return False
        identity = (state.st_dev, state.st_ino)
        if identity in self._walked:
            self._ignore(f"{source}/", LEADS_BACK)
            return False
        self._walked.add(identity)
        return True

    def _list(self, source: str, folder: Path) -> None:
        try:
            for name, path in _entries(folder):
                self._take(f"{source}/{name}", name, path)
        except OSError as error:
            self._add_unlisted(source, folder, error)

    def _take(self, source: str, name: str, path: Path) -> None:
        if name.startswith((".", "_")):
            self._ignore(_with_slash(source, path), HIDDEN)
            return
        try:
            own_mode = path.lstat().st_mode
        except OSError as error:
            self._add_unlisted(source, path, error)
            return
        mode = _mode(path) if stat.S_ISLNK(own_mode) else own_mode
        if mode is None:
            self._ignore(source, LEADS_NOWHERE)
        elif stat.S_ISLNK(own_mode) and not self._is_inside(path):
            self._ignore(_with_slash(source, path), LEADS_OUT)
        elif stat.S_ISDIR(mode):
            (self._linked_folders if stat.S_ISLNK(own_mode) else self._folders).append((source, path))
        elif not stat.S_ISREG(mode):
            # Its reading might never end.
            self._ignore(source, SPECIAL)
        elif not name.lower().endswith(self._kind.endings):
            self._ignore(source, f"its ending is none of {', '.join(self._kind.endings)}")
        elif (reason := self._kind.take(self._found, source, path)) is not None:
            self._ignore(source, reason)

    def _is_inside(self, link: Path) -> bool:
        real = os.path.realpath(link)
        return any(_contains(root, real) for root in self._roots)

    def _ignore(self, name: str, reason: str) -> None:
        self._found.ignored.append(Ignored(name, reason))

    def _add_unlisted(self, source: str, path: Path, error: OSError) -> None:
        # What has gone since its parent was listed is not there.
        if not isinstance(error, FileNotFoundError | NotADirectoryError):
            unlisted = LandedFile(self._kind.feed, source, path)
            self._found.unlisted.append((unlisted, f"cannot be listed: {error.strerror}"))


def _entries(folder: Path) -> Iterator[tuple[str, Path]]:
    """Legible names and paths of what lies in a folder, in the order of the names' bytes."""
    with os.scandir(folder) as entries:
        paths = sorted((entry.path for entry in entries), key=os.fsencode)
    for path in paths:
        yield legible(Path(path).name), Path(path)


def _why_no_folder(landing: Path, folder: Path) -> str | None:
    mode = _mode(folder)
    if mode is None:
        return LEADS_NOWHERE if folder.is_symlink() else UNREACHABLE
    if not stat.S_ISDIR(mode):
        return NO_FOLDER
    if folder.is_symlink() and _contains(os.path.realpath(folder), os.path.realpath(landing)):
        return LEADS_UP
    return None


def _contains(folder: str, path: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _with_slash(name: str, path: Path) -> str:
    mode = _mode(path)
    return name + "/" * (mode is not None and stat.S_ISDIR(mode))


def _mode(path: Path) -> int | None:
    """None where it cannot be known."""
    try:
        return path.stat().st_mode
    except OSError:
        return None


def _with_names_of_their_own(files: list[File]) -> list[File]:
    """Names that differ only in bytes that are shown alike are numbered."""
    taken: set[str] = set()
    named = []
    for file in files:
        source, number = file.source, 1
        while source in taken:
            number += 1
            source = f"{file.source} ({number})"
        taken.add(source)
        named.append(replace(file, source=source))
    return named
