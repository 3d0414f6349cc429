"""Values that no seed lists, told of the files that hold them, with the one that was probably meant.

Which values those are is found by the model `kpi_unlisted_values`.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

import duckdb

from ingest import accepted_rows
from ingest.accepted_rows import Held
from orchestration.checking.findings import Finding, look, rows, shown
from orchestration.checking.vocabulary import Vocabulary
from orchestration.feeds_seen import LISTS

MOST_OF_A_COLUMN = 12
_UNLISTED = """
select feed, column_name, value, nearest from marts.kpi_unlisted_values
order by feed, column_name, row_count desc, value
"""


def without_rates(
    store: duckdb.DuckDBPyConnection, feed: str, source: str, vocabulary: Vocabulary
) -> Iterator[Finding]:
    """Currencies of a file's amounts that nobody gave a rate for: a refresh stops at them."""
    known = {row["currency"] for row in vocabulary.seeds["exchange_rates"]}
    for one in accepted_rows.currencies(store, feed, source):
        if one.value not in known:
            yield look(
                f"currency {shown(one.value)} in {rows(one.count)}, as in row {one.row}, has no rate, and a refresh "
                "stops there: add a row with its rate to exchange_rates.csv"
            )


def unlisted(
    marts: duckdb.DuckDBPyConnection, store: duckdb.DuckDBPyConnection, vocabulary: Vocabulary
) -> Mapping[tuple[str, str], list[Finding]]:
    """Findings by feed and source."""
    nearest: dict[tuple[str, str], dict[str, str | None]] = defaultdict(dict)
    for feed, column, value, near in marts.execute(_UNLISTED).fetchall():
        nearest[feed, column][value] = near or vocabulary.nearest(column, value)
    found: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for (feed, column), values in nearest.items():
        by_source: dict[str, list[Held]] = defaultdict(list)
        for one in accepted_rows.held(store, feed, column, list(values)):
            by_source[one.source].append(one)
        for source, held in by_source.items():
            found[feed, source] += _told(column, held, values)
    return found


def _told(column: str, held: list[Held], nearest: Mapping[str, str | None]) -> Iterator[Finding]:
    seed = LISTS[column]
    for one in held[:MOST_OF_A_COLUMN]:
        near = nearest[one.value]
        meant = f"did you mean {near!r}? " if near else ""
        yield look(
            f"{column} {shown(one.value)} in {rows(one.count)}, as in row {one.row}, is not listed in {seed}: {meant}"
            "write a listed one, put it into a table of a mapping, or add it to the list"
        )
    if len(held) > MOST_OF_A_COLUMN:
        yield look(f"{len(held) - MOST_OF_A_COLUMN} more values of {column} are not listed in {seed}")
