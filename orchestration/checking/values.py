"""Values that no seed lists, told of the files that hold them, with the one that was probably meant.

Which values those are is found by the model `kpi_unlisted_values`.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

import duckdb

from orchestration.checking.findings import Finding, look, rows, shown
from orchestration.checking.vocabulary import Vocabulary
from orchestration.feeds_seen import LISTS

MOST_OF_A_COLUMN = 12
_UNLISTED = """
select feed, column_name, value, nearest from marts.kpi_unlisted_values
order by feed, column_name, row_count desc, value
"""
_HELD = """
select _source, {column}, count(*), min(_source_row) from raw.{feed}
where not is_deleted and {column} in (select unnest($values)) group by all order by 3 desc, 2
"""
_CURRENCIES = """
select currency, count(*), min(_source_row) from raw.{feed}
where _source = $source and currency is not null and not is_deleted {with_amount} group by all order by 2 desc, 1
"""


def without_rates(
    store: duckdb.DuckDBPyConnection, feed: str, source: str, vocabulary: Vocabulary
) -> Iterator[Finding]:
    """Currencies of a file's amounts that nobody gave a rate for: a refresh stops at them."""
    if feed == "leads":
        return
    with_amount = "and amount is not null" if feed == "activities" else ""
    known = {row["currency"] for row in vocabulary.seeds["exchange_rates"]}
    query = _CURRENCIES.format(feed=feed, with_amount=with_amount)
    for currency, count, row in store.execute(query, {"source": source}).fetchall():
        if currency not in known:
            yield look(
                f"currency {shown(currency)} in {rows(count)}, as in row {row}, has no rate, and a refresh stops "
                "there: add a row with its rate to exchange_rates.csv"
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
        held: dict[str, list[tuple[str, int, int]]] = defaultdict(list)
        query = _HELD.format(feed=feed, column=column)
        for source, value, count, row in store.execute(query, {"values": list(values)}).fetchall():
            held[source].append((value, count, row))
        for source, its in held.items():
            found[feed, source] += _told(column, its, values)
    return found


def _told(column: str, held: list[tuple[str, int, int]], nearest: Mapping[str, str | None]) -> Iterator[Finding]:
    seed = LISTS[column]
    for value, count, row in held[:MOST_OF_A_COLUMN]:
        near = nearest[value]
        meant = f"did you mean {near!r}? " if near else ""
        yield look(
            f"{column} {shown(value)} in {rows(count)}, as in row {row}, is not listed in {seed}: {meant}"
            "write a listed one, put it into a table of a mapping, or add it to the list"
        )
    if len(held) > MOST_OF_A_COLUMN:
        yield look(f"{len(held) - MOST_OF_A_COLUMN} more values of {column} are not listed in {seed}")
