"""What is found in one file, as a chapter of the report."""

from collections.abc import Iterator, Mapping
from datetime import datetime

import duckdb

from ingest import accepted_rows, refused_rows
from ingest.refused_rows import Counted
from orchestration.checking import columns, doubts, ids, refusals, values
from orchestration.checking.files import CheckedFile
from orchestration.checking.findings import Chapter, Finding, look, note, rows
from orchestration.checking.vocabulary import Vocabulary


def chapter(
    store: duckdb.DuckDBPyConnection,
    own: duckdb.DuckDBPyConnection,
    file: CheckedFile,
    vocabulary: Vocabulary,
    as_of: datetime,
    reporting_zone: str,
    zoneless: set[str],
) -> Chapter:
    """What is found in a file before any model is built; `own` is a connection with the macros of `ingest.macros`.

    Of the mappings in `zoneless` it was told that they name no zone; this file's may be added.
    """
    counts = refused_rows.counted(store)
    counted = {feed: counts[feed, file.source] for feed in file.feeds if (feed, file.source) in counts}
    if not counted:
        return Chapter(f"{file.name}: not read again, as another file here has the same bytes")
    made = Chapter(_heading(file, counted))
    if _is_empty(counted):
        made.findings.append(look("it has no rows: export it again, or take it away"))
    made.findings += _of_header(store, file, vocabulary)
    for feed in file.feeds:
        made.findings += refusals.emptied(file, feed, refused_rows.emptied(store, feed, file.source))
        made.findings += values.without_rates(store, file, feed, vocabulary)
        made.findings += doubts.span(store, file, feed, as_of)
        if gone := accepted_rows.withdrawn(store, feed, file.source):
            made.findings.append(note(f"{gone:,} of these {feed} only withdraw what may have been told before"))
    if file.texts is not None and file.is_table:
        own.register("texts", file.texts.table)
        made.findings += ids.damaged(own, file)
        made.findings += doubts.amounts(own, file)
        if file.mapping not in zoneless:
            made.findings += doubts.zones(own, file, reporting_zone)
        if file.mapping is not None and file.zone is None and file.timestamps:
            zoneless.add(file.mapping)
        own.unregister("texts")
    return made


def _heading(file: CheckedFile, counted: Mapping[str, Counted]) -> str:
    if file.mapping is None:
        [(feed, one)] = counted.items()
        return f"{file.name}: {rows(one.rows)} of {feed}, {one.rows - one.refused:,} accepted, {one.refused:,} refused"
    first = next(iter(counted.values()))
    refused = sum(one.refused for one in counted.values())
    read_as = f"{file.name}, {file.object} of {file.mapping}: {rows(first.own_rows or 0)}"
    if not file.makes_rows:
        return f"{read_as}, only looked up{f', {refused:,} refused' if refused else ''}"
    accepted = ", ".join(f"{one.rows - one.refused:,} {feed}" for feed, one in counted.items())
    left_out = f"; {rows(first.left_out)} {'makes' if first.left_out == 1 else 'make'} none" if first.left_out else ""
    return f"{read_as}; {accepted} accepted, {refused:,} refused{left_out}"


def _is_empty(counted: Mapping[str, Counted]) -> bool:
    return not any(one.rows or one.own_rows for one in counted.values())


def _of_header(store: duckdb.DuckDBPyConnection, file: CheckedFile, vocabulary: Vocabulary) -> Iterator[Finding]:
    """What the header lacks or has too much, and the rows that are refused."""
    if file.guessed is not None:
        yield note(file.guessed)
    lacking = columns.lacking(file) if file.is_table else []
    if file.is_table:
        yield from columns.told(file, lacking)
    if lacking:
        # What a header lacks is said once, not again for each row.
        return
    for feed in file.feeds:
        yield from refusals.told(file, feed, refused_rows.causes(store, feed, file.source), vocabulary)
