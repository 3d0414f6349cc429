"""What the accepted rows of a store hold, for a person who wonders what will become of them.

The store is one of a single batch, so that a row is a version; what is made of the answers is not known here.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType

import duckdb

from ingest.feeds import FEEDS
from ingest.outliers import DATED_BY

# Column, and the feed and column that it must lead to.
_REFERENCES = (
    ("activities", "lead_id", "leads", "lead_id"),
    ("contracts", "lead_id", "leads", "lead_id"),
    ("leads", "merged_into_lead_id", "leads", "lead_id"),
    ("contracts", "renews_contract_id", "contracts", "contract_id"),
)
# Spellings of an id under which two may be the same, by what then differs between them.
_FORMS: Mapping[str, str] = MappingProxyType(
    {
        "the case of their letters": "lower({id})",
        "their first 15 characters": "left({id}, 15)",
        "zeros at their beginning": "ltrim({id}, '0')",
        "a `.0` at their end": "regexp_replace({id}, '\\.0$', '')",
    }
)
_LOST = """
with lost as (
    select {column} as id, count(*) as row_count, arg_min(_source, (_source, _source_row)) as source,
        arg_min(_source_row, (_source, _source_row)) as source_row
    from raw.{feed} where {column} is not null and not is_deleted
        and {column} not in (select {target_column} from raw.{target})
    group by all
)

select sum(row_count)::bigint, count(*), arg_max(id, (row_count, id)), arg_max(source, (row_count, id)),
    arg_max(source_row, (row_count, id)),
    {alike}
from lost
"""
_SPAN = """
select min({dated})::date, max({dated})::date,
    count(*) filter (where {dated} > $as_of),
    max({dated}) filter (where {dated} > $as_of),
    arg_max(_source_row, {dated}) filter (where {dated} > $as_of),
    count(*) filter (where {dated}::date = date '1970-01-01'),
    min(_source_row) filter (where {dated}::date = date '1970-01-01')
from raw.{feed} where _source = $source and not is_deleted
"""
_HELD = """
select _source, {column}, count(*), min(_source_row) from raw.{feed}
where not is_deleted and {column} in (select unnest($values)) group by all order by 3 desc, 2
"""
_CURRENCIES = """
select currency, count(*), min(_source_row) from raw.{feed}
where _source = $source and currency is not null and not is_deleted {with_amount} group by all order by 2 desc, 1
"""
_TYPES = "select activity_type, count(*) from raw.activities where not is_deleted group by all order by 2 desc, 1"
_OUTCOMES = """
select outcome, count(*) from raw.activities
where activity_type = $type and not is_deleted group by all order by 2 desc, 1
"""
_OPPORTUNITIES = """
select (select count(distinct opportunity_id) from raw.activities where not is_deleted),
    (select count(distinct opportunity_id) from raw.contracts where not is_deleted)
"""


@dataclass(frozen=True)
class Lost:
    """Ids in a column of a feed that no row of `target` has: `alike` of them would be found but for `differs_in`."""

    feed: str
    column: str
    target: str
    rows: int
    ids: int
    example: str
    source: str
    source_row: int
    alike: int
    differs_in: str


@dataclass(frozen=True)
class Span:
    """The days that the rows of an origin are of; those after a moment, and those that are dated 1970-01-01."""

    dated_by: str
    first: date
    last: date
    later: int
    latest: datetime | None
    latest_row: int | None
    zero: int
    zero_row: int | None


@dataclass(frozen=True)
class Held:
    """A value that rows of an origin have in a column, the first of them `row`."""

    source: str
    value: str
    count: int
    row: int


def has_rows(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether any row was accepted."""
    return any(connection.execute(f"select 1 from raw.{feed} limit 1").fetchall() for feed in FEEDS)


def lost(connection: duckdb.DuckDBPyConnection) -> Iterator[Lost]:
    """For each column that names rows of a feed, the ids that lead nowhere."""
    for feed, column, target, target_column in _REFERENCES:
        alike = ", ".join(
            f"count(*) filter (where {form.format(id='id')} in "
            f"(select {form.format(id=target_column)} from raw.{target}))"
            for form in _FORMS.values()
        )
        query = _LOST.format(feed=feed, column=column, target=target, target_column=target_column, alike=alike)
        [(row_count, *told, case, beginning, zeros, point)] = connection.execute(query).fetchall()
        if row_count:
            matches = dict(zip(_FORMS, (case, beginning, zeros, point), strict=True))
            best = max(matches, key=lambda form: matches[form])
            yield Lost(feed, column, target, row_count, *told, matches[best], best)


def span(connection: duckdb.DuckDBPyConnection, feed: str, source: str, as_of: datetime) -> Span | None:
    """The span of the rows of an origin, None where none was stored."""
    dated = DATED_BY[feed]
    query = _SPAN.format(dated=dated, feed=feed)
    [found] = connection.execute(query, {"source": source, "as_of": as_of}).fetchall()
    return Span(dated, *found) if found[0] is not None else None


def withdrawn(connection: duckdb.DuckDBPyConnection, feed: str, source: str) -> int:
    """How many rows of an origin say that something does not count, or not any more."""
    query = f"select count(*) from raw.{feed} where _source = $source and is_deleted"
    [(count,)] = connection.execute(query, {"source": source}).fetchall()
    return count


def held(connection: duckdb.DuckDBPyConnection, feed: str, column: str, values: Sequence[str]) -> list[Held]:
    """Which origins hold these values of a column, and how often."""
    query = _HELD.format(feed=feed, column=column)
    return [Held(*row) for row in connection.execute(query, {"values": list(values)}).fetchall()]


def currencies(connection: duckdb.DuckDBPyConnection, feed: str, source: str) -> list[Held]:
    """The currencies that amounts of an origin are in."""
    if "currency" not in FEEDS[feed].column_names:
        return []
    with_amount = "and amount is not null" if "amount" in FEEDS[feed].column_names else ""
    query = _CURRENCIES.format(feed=feed, with_amount=with_amount)
    return [Held(source, *row) for row in connection.execute(query, {"source": source}).fetchall()]


def activity_types(connection: duckdb.DuckDBPyConnection) -> Mapping[str, int]:
    """The types of activities, the most frequent first."""
    return dict(connection.execute(_TYPES).fetchall())


def outcomes(connection: duckdb.DuckDBPyConnection, activity_type: str) -> Mapping[str | None, int]:
    """The outcomes of activities of a type, the most frequent first."""
    return dict(connection.execute(_OUTCOMES, {"type": activity_type}).fetchall())


def opportunities_named(connection: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """How many opportunities activities name, and how many contracts do."""
    [(by_activities, by_contracts)] = connection.execute(_OPPORTUNITIES).fetchall()
    return by_activities, by_contracts
