"""Which mappings there are: those that are shipped, and before them those of the company's own folder.

A mapping is read only where something lies in the landing folder that needs it.
"""

import os
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ingest.errors import RevloopError, did_you_mean
from ingest.feeds import FEEDS
from ingest.files import export_ending
from ingest.mapped.language import Source
from ingest.mapped.reading import content_hash, read_mapping

SHIPPED = Path(__file__).resolve().parent.parent / "mappings"
ENDINGS = (".yml", ".yaml")


@dataclass(frozen=True)
class Mapping:
    """A mapping that was read; `hash` is another one once it says something else."""

    name: str
    source: Source
    hash: str

    def object_of(self, path: str) -> str | None:
        """The object that a file is by its path below the mapping's folder.

        Of several that would take it, the one with the most letters in its pattern, then the first.
        """
        known = [
            (len(pattern.replace("*", "")), -place, name)
            for place, (name, one) in enumerate(self.source.objects.items())
            for pattern in one.files
            if _takes(pattern, path)
        ]
        return max(known)[2] if known else None

    def feeds_of(self, name: str) -> tuple[str, ...]:
        """The feeds that an object makes rows of, in the mapping's order; of one without rows, the mapping's first."""
        of_all = (rule.feed for one in self.source.objects.values() for rule in one.rows)
        rules = self.source.objects[name].rows
        return tuple(dict.fromkeys(rule.feed for rule in rules)) or (next(of_all),)


class Mappings:
    """The mappings that can be asked for, by name; `stages` are those that they may name, if they are known."""

    def __init__(self, own: Path | None = None, stages: frozenset[str] | None = None) -> None:
        self._own = own
        self._stages = stages
        self._read: dict[str, Mapping] = {}
        self.paths = _paths(own)

    @property
    def names(self) -> list[str]:
        """The names that a folder of the landing folder may have."""
        return sorted(self.paths)

    def read(self, name: str) -> Mapping:
        """A mapping by its name; RevloopError with all that is wrong with it."""
        if name not in self._read:
            source = read_mapping(self.paths[name], self._stages)
            self._read[name] = Mapping(name, source, content_hash(source))
        return self._read[name]

    def why_none(self, name: str) -> str:
        """What is said of a folder that no mapping reads."""
        known = [*FEEDS, *self.names]
        return (
            f"it is none of the feeds' folders {', '.join(FEEDS)}, and no mapping's: "
            f"{', '.join(self.names)}{did_you_mean(name, known)}"
        )

    def state(self, name: str) -> str:
        """A text that changes when a mapping's file does."""
        try:
            found = self.paths[name].stat()
        except OSError:
            return "none"
        return f"{found.st_size} {found.st_mtime_ns}"


def _paths(own: Path | None) -> dict[str, Path]:
    if own is not None and not own.is_dir():
        raise RevloopError(f"no folder of mappings {own}: make it, or name another with --mappings or REVLOOP_MAPPINGS")
    found: dict[str, Path] = {}
    for folder in (SHIPPED, own):
        for path in _files(folder) if folder else ():
            if path.stem in FEEDS:
                raise RevloopError(f"the mapping {path} has the name of a feed: give it the name of its source")
            found[path.stem] = path
    return found


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir(), key=os.fsencode):
        if path.suffix.lower() in ENDINGS and not path.name.startswith((".", "_")):
            yield path


def _takes(pattern: str, path: str) -> bool:
    """Whether a pattern takes a path, its name alone or its path as a whole, without the ending and in any case."""
    bare = _comparable(path)
    bare = bare.removesuffix(export_ending(bare))
    wanted = re.compile(".*".join(map(re.escape, _comparable(pattern).split("*"))), re.DOTALL)
    return any(wanted.fullmatch(one) for one in (bare, PurePosixPath(bare).name))


def _comparable(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()
