"""Columns of a file that are not used, and columns that a feed must have and the file lacks."""

import difflib
from collections.abc import Iterator, Sequence

from ingest.feeds import FEEDS
from orchestration.checking.files import CheckedFile
from orchestration.checking.findings import Finding, listed, look, note
from orchestration.checking.vocabulary import folded

_LEAST_LIKENESS = 0.8


def lacking(file: CheckedFile) -> list[str]:
    """The columns without which every row is refused."""
    return [column.name for column in FEEDS[file.feed].columns if column.required and column.name not in file.uses]


def told(file: CheckedFile, lacking: Sequence[str]) -> Iterator[Finding]:
    """What a file's header says, where it is a feed's."""
    assert file.texts is not None
    unused = [name for name in dict.fromkeys(file.texts.names) if name not in file.uses]
    if lacking:
        yield look(
            f"every row is refused, as the file lacks {listed(lacking)}: name its columns so, or let a mapping read it "
            "(`revloop check --suggest` writes one to start from)"
        )
    meant = dict(_meant(file, unused))
    for name, column in meant.items():
        yield look(f"column `{name}` is not used: did you mean `{column}`?")
    others = [name for name in unused if name not in meant]
    if others:
        yield note(f"{len(others)} of {len(set(file.texts.names))} columns not used: {listed(others)}")


def _meant(file: CheckedFile, unused: list[str]) -> Iterator[tuple[str, str]]:
    """Columns that are probably one of the feed's that the file lacks, under another spelling."""
    free = {folded(column.name): column.name for column in FEEDS[file.feed].columns if column.name not in file.uses}
    for name in unused:
        near = difflib.get_close_matches(folded(name), free, n=1, cutoff=_LEAST_LIKENESS)
        if near:
            yield name, free[near[0]]
