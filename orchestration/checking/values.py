"""Values that no seed lists, told of the files that hold them, with the one that was probably meant.

Which values those are is found by the model `kpi_unlisted_values`.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import duckdb

from ingest import accepted_rows
from ingest.accepted_rows import Held
from orchestration.checking.files import CheckedFile
from orchestration.checking.findings import Finding, look, rows, shown
from orchestration.checking.vocabulary import Vocabulary
from orchestration.feeds_seen import LISTS

MOST_OF_A_COLUMN = 12
_UNLISTED = """
select feed, column_name, value, nearest from marts.kpi_unlisted_values
order by feed, column_name, row_count desc, value
"""


def without_rates(
    store: duckdb.DuckDBPyConnection, file: CheckedFile, feed: str, vocabulary: Vocabulary
) -> Iterator[Finding]:
    """Currencies of a file's amounts that nobody gave a rate for: a refresh stops at them."""
    known = {row["currency"] for row in vocabulary.seeds["exchange_rates"]}
    for one in accepted_rows.currencies(store, feed, file.source):
        if one.value not in known:
            yield look(
                f"{file.said(feed, 'currency')} {shown(one.value)} in {rows(one.count)}, as in row {one.row}, has no "
                "rate, and a refresh stops there: add a row with its rate to exchange_rates.csv"
            )


def unlisted(
    marts: duckdb.DuckDBPyConnection,
    store: duckdb.DuckDBPyConnection,
    files: Sequence[CheckedFile],
    vocabulary: Vocabulary,
) -> Iterator[tuple[CheckedFile, Finding]]:
    """What no seed lists, of the file that holds it."""
    nearest: dict[tuple[str, str], dict[str, str | None]] = defaultdict(dict)
    for feed, column, value, near in marts.execute(_UNLISTED).fetchall():
        nearest[feed, column][value] = near or vocabulary.nearest(column, value)
    by_source = {file.source: file for file in files}
    for (feed, column), values in nearest.items():
        held: dict[str, list[Held]] = defaultdict(list)
        for one in accepted_rows.held(store, feed, column, list(values)):
            held[one.source].append(one)
        for source, its in held.items():
            # What came while the check was at work is told by the next one.
            if (file := by_source.get(source)) is not None:
                yield from ((file, finding) for finding in _told(file, feed, column, its, values))


def _told(
    file: CheckedFile, feed: str, column: str, held: list[Held], nearest: Mapping[str, str | None]
) -> Iterator[Finding]:
    seed = LISTS[column]
    table = file.table_behind(feed, column)
    remedy = f"put it into the table `{table}` of {file.mapping}.yml" if table else "write a listed one"
    for one in held[:MOST_OF_A_COLUMN]:
        near = nearest[one.value]
        meant = f"did you mean {near!r}? " if near else ""
        said = f"{file.said(feed, column, one.value, one.row)} {shown(one.value)} in {rows(one.count)}"
        yield look(f"{said}, as in row {one.row}, is not listed in {seed}: {meant}{remedy}, or add it to the list")
    if len(held) > MOST_OF_A_COLUMN:
        yield look(f"{len(held) - MOST_OF_A_COLUMN} more values of {column} are not listed in {seed}")
