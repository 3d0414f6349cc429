"""Columns of a file that are not used, and columns that a feed must have and the file lacks."""

import difflib
from collections.abc import Iterator, Sequence

from ingest.feeds import FEEDS
from ingest.mapped.looking import Looked
from orchestration.checking.files import CheckedFile
from orchestration.checking.findings import Finding, listed, look, note
from orchestration.checking.words import folded
from orchestration.checking.yaml_edits import quoted

_LEAST_LIKENESS = 0.8


def lacking(file: CheckedFile) -> list[str]:
    """The columns of a feed without which every row is refused, where the file is a feed's own."""
    if file.mapping is not None:
        return []
    return [column.name for column in FEEDS[file.feeds[0]].columns if column.required and column.name not in file.uses]


def told(file: CheckedFile, lacking: Sequence[str]) -> Iterator[Finding]:
    """What a file's header says."""
    if file.looked is not None:
        yield from _of_export(file.looked)
        if file.unnamed:
            item = ", ".join(f"{key}: {quoted(text)}" for key, text in next(iter(file.unnamed.values())).items())
            told = "what they tell" if len(file.unnamed) > 1 else "what it tells"
            yield look(
                f"no rule reads {listed(file.unnamed)}, so {told} is missing: add to "
                f"the list `for` of `{file.object}` in {file.mapping}.yml an item like {{{item}}} for "
                "each, or name it beside the won or lost one; `revloop check --suggest` writes it"
            )
        if file.lacks_objects:
            yield look(
                f"it looks things up in {listed(file.lacks_objects)}, of which no file is here: add their exports"
            )
        return
    assert file.texts is not None
    unused = [name for name in dict.fromkeys(file.texts.names) if name not in file.uses]
    if lacking:
        yield look(
            f"every row is refused, as the file lacks {listed(lacking)}: name its columns so, or {file.other_reader}"
        )
    meant = dict(_meant(file, unused))
    for name, column in meant.items():
        yield look(f"column `{name}` is not used: did you mean `{column}`?")
    yield from _unused([name for name in unused if name not in meant], len(set(file.texts.names)))


def _of_export(looked: Looked) -> Iterator[Finding]:
    yield from _unused(looked.unused, len(looked.headers) + len(looked.unused))
    if looked.absent:
        yield note(f"the mapping also reads {listed(looked.absent)}, which the file does not have")


def _unused(names: Sequence[str], of: int) -> Iterator[Finding]:
    if names:
        yield note(f"{len(names)} of {of} columns not used: {listed(names)}")


def _meant(file: CheckedFile, unused: list[str]) -> Iterator[tuple[str, str]]:
    """Columns that are probably one of the feed's that the file lacks, under another spelling."""
    columns = FEEDS[file.feeds[0]].columns
    free = {folded(column.name): column.name for column in columns if column.name not in file.uses}
    for name in unused:
        near = difflib.get_close_matches(folded(name), free, n=1, cutoff=_LEAST_LIKENESS)
        if near:
            yield name, free[near[0]]
