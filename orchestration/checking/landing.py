"""Which files a check reads: those of the landing folder, or those that were named, wherever they lie.

Named ones are laid out in a landing folder of the check's own, where their folder or their header says they belong.
"""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ingest.errors import RevloopError
from ingest.feeds import FEEDS
from ingest.files import ENDINGS, EXPORT_ENDINGS, export_ending, legible
from ingest.mapped.library import Mappings
from orchestration.checking.findings import Chapter, look
from orchestration.checking.guessing import Guess, best_guess
from orchestration.checking.texts import read_texts


@dataclass
class Laid:
    """A landing folder to check; `names` are what a person calls its files, `guessed` why a file is where it is."""

    folder: Path
    names: dict[str, str] = field(default_factory=dict)
    guessed: dict[str, str] = field(default_factory=dict)
    refused: list[Chapter] = field(default_factory=list)


def lay_out(files: Sequence[Path], folder: Path, mappings: Mappings) -> Laid:
    """A landing folder of these files alone. RevloopError for one that is not there."""
    folder.mkdir(exist_ok=True)
    laid = Laid(folder)
    for file in files:
        if not file.is_file():
            raise RevloopError(f"{legible(file)} is no file: name files, or a folder with --landing")
        source = source_of_folder(file, mappings)
        guess = None if _is_known(file, source, mappings) else _guess(file, mappings, source)
        if guess is None and not _is_known(file, source, mappings):
            laid.refused.append(Chapter(legible(file), [look(_why_nothing(file, mappings))]))
            continue
        placed = _place(laid, file, guess.source if guess else source or "", _name_for(file, guess, mappings))
        laid.names[placed] = legible(file)
        if guess is not None:
            laid.guessed[placed] = guess.told
    return laid


def source_of_folder(file: Path, mappings: Mappings) -> str | None:
    """The feed or the mapping whose folder a file lies in, the nearest one above it."""
    known = {*FEEDS, *mappings.names}
    return next((parent.name for parent in file.absolute().parents if parent.name in known), None)


def _is_known(file: Path, source: str | None, mappings: Mappings) -> bool:
    """Whether the folder that a file lies in, and its name, say what it is."""
    if source is None or not file.name.lower().endswith(ENDINGS if source in FEEDS else EXPORT_ENDINGS):
        return False
    return source in FEEDS or mappings.read(source).object_of(file.name) is not None


def _guess(file: Path, mappings: Mappings, source: str | None) -> Guess | None:
    texts = read_texts(file)
    if texts is None:
        return None
    return best_guess(texts.names, mappings, source if source in mappings.paths else None)


def _why_nothing(file: Path, mappings: Mappings) -> str:
    if not file.name.lower().endswith(EXPORT_ENDINGS):
        return f"its ending is none of {', '.join(EXPORT_ENDINGS)}: save it as CSV UTF-8"
    if read_texts(file) is None:
        return "it cannot be read as a table: save it as CSV UTF-8"
    return (
        f"its columns are none of a feed's, nor of a mapping's ({', '.join(mappings.names)}), and its folder tells "
        "nothing: let a mapping of your own read it (`revloop check --suggest` writes one to start from)"
    )


def _name_for(file: Path, guess: Guess | None, mappings: Mappings) -> str:
    """A name under which the file is read as what it was taken for."""
    name = file.name.lstrip("._") or file.name
    if guess is None or guess.object is None:
        return name
    mapping = mappings.read(guess.source)
    if mapping.object_of(name) == guess.object:
        return name
    ending = export_ending(name) or ".csv"
    candidates = [f"{pattern.replace('*', '')}{ending}" for pattern in mapping.source.objects[guess.object].files]
    return next((one for one in candidates if mapping.object_of(one) == guess.object), candidates[0])


def _place(laid: Laid, file: Path, source: str, name: str) -> str:
    """Put a file where the walk of a landing folder finds it, beside others of its name."""
    number = 1
    place = laid.folder / source / name
    while place.exists():
        number += 1
        place = laid.folder / source / str(number) / name
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(file, place)
    except OSError:
        shutil.copyfile(file, place)
    return legible(place.relative_to(laid.folder))
