"""Which files a check reads: those of the landing folder, or those that were named, wherever they lie.

Named ones are laid out in a landing folder of the check's own, below the feed that their folder tells, or their header.
"""

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ingest.errors import RevloopError
from ingest.feeds import FEEDS
from ingest.files import ENDINGS, legible
from orchestration.checking.findings import Chapter, look
from orchestration.checking.texts import Texts, read_texts


@dataclass
class Laid:
    """A landing folder to check; `names` are what a person calls its files, `guessed` why a file is where it is."""

    folder: Path
    names: dict[str, str] = field(default_factory=dict)
    guessed: dict[str, str] = field(default_factory=dict)
    refused: list[Chapter] = field(default_factory=list)


def lay_out(files: Sequence[Path], folder: Path) -> Laid:
    """A landing folder of these files alone. RevloopError for one that is not there or can be no feed's."""
    laid = Laid(folder)
    for file in files:
        if not file.is_file():
            raise RevloopError(f"{legible(file)} is no file: name files, or a folder with --landing")
        if not file.name.lower().endswith(ENDINGS):
            raise RevloopError(f"{legible(file)}: its ending is none of {', '.join(ENDINGS)}: save it as CSV UTF-8")
        feed = _feed_of_folder(file)
        reason = None
        if feed is None:
            feed, reason = _guessed(read_texts(file))
        if feed is None:
            laid.refused.append(Chapter(legible(file), [look(reason or "")]))
            continue
        source = _place(laid, file, feed)
        laid.names[source] = legible(file)
        if reason is not None:
            laid.guessed[source] = reason
    return laid


def _feed_of_folder(file: Path) -> str | None:
    """The feed whose folder a file lies in, the nearest one above it."""
    return next((parent.name for parent in file.absolute().parents if parent.name in FEEDS), None)


def _guessed(texts: Texts | None) -> tuple[str | None, str | None]:
    """The feed that a header belongs to, and why; None and what to do where it is none's."""
    if texts is None:
        return None, f"it cannot be read as a table, and lies in no folder {', '.join(FEEDS)}: save it as CSV UTF-8"
    scores = _scores(texts.names)
    best = max(scores, key=lambda feed: scores[feed])
    if not scores[best]:
        return None, (
            f"none of its columns is a feed's, and it lies in no folder {', '.join(FEEDS)}: let a mapping read it "
            "(`revloop check --suggest` writes one to start from)"
        )
    named = sum(name in FEEDS[best].column_names for name in texts.names)
    return best, f"taken for {best}, as {named} of its {len(texts.names)} columns are of that feed"


def _scores(names: Sequence[str]) -> Mapping[str, float]:
    """How many of a feed's columns are there, its key and other required ones counting most."""
    given = set(names)
    return {
        feed.name: sum(3 if column.required else 1 for column in feed.columns if column.name in given)
        for feed in FEEDS.values()
    }


def _place(laid: Laid, file: Path, feed: str) -> str:
    """Put a file, under its own name or one like it, where the walk of a landing folder finds it."""
    folder = laid.folder / feed
    folder.mkdir(parents=True, exist_ok=True)
    name, number = file.name.lstrip("._") or file.name, 1
    place = folder / name
    while place.exists():
        number += 1
        place = folder / str(number) / name
    place.parent.mkdir(exist_ok=True)
    try:
        os.link(file, place)
    except OSError:
        shutil.copyfile(file, place)
    return legible(place.relative_to(laid.folder))
