"""Why rows of one origin were refused, by cause, and which of its values were emptied: asked of a store.

What a person is told of a cause is not known here; `quarantined` tells what lies open.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from ingest.feeds import FEEDS

# What differs from row to row is no cause of its own, the value or where in a line JSON ends, but where it must be one
# of few.
_CAUSES = """
with refused as (
    select *, case
        when regexp_matches(detail, ''' is (not in the mapping|no stage|no opportunity phase)') then detail
        else regexp_replace(
            regexp_replace(detail, '^(\\w+): ''.*?'' ((is|was|has) .*)$', '\\1 \\2', 's'), '^(is no JSON): .*$', '\\1'
        )
    end as cause
    from raw.quarantine where feed = $feed and source = $source
)

select count(*), min(source_row), arg_min(detail, coalesce(source_row, 0))
from refused group by reason, cause order by 1 desc, cause
"""
_EMPTIED = """
select column_name, count(*), min(_source_row), arg_min(value, _source_row) from (
    unpivot (
        select _source_row, {invalid} from raw.{feed} where _source = $source and contains(_extra, 'invalid_')
    ) on {names} into name column_name value value
) group by all order by 2 desc, 1
"""
_COUNTS = """
with refused as (select feed, source, count(*) as row_count from raw.quarantine group by all),

read as (
    select feed, source, sum(rows_read)::bigint as row_count, max(source_rows) as source_rows,
        max(rows_left_out) as rows_left_out
    from ops.files group by all
)

select coalesce(read.feed, refused.feed), coalesce(read.source, refused.source),
    greatest(coalesce(read.row_count, 0), coalesce(refused.row_count, 0)), coalesce(refused.row_count, 0),
    source_rows, coalesce(rows_left_out, 0)
from read full join refused on read.feed = refused.feed and read.source = refused.source
"""
_VALUE = re.compile(r"^(\w+): '(.*?)' ((?:is|was|has) .*)$", re.DOTALL)


@dataclass(frozen=True)
class Counted:
    """How many rows of a feed an origin has, and how many of them were refused.

    Of an export also how many rows it has itself, and how many of those make none of any feed.
    """

    rows: int
    refused: int
    own_rows: int | None = None
    left_out: int = 0


@dataclass(frozen=True)
class Cause:
    """Rows that are refused for one reason: `phrase` of a value of a column, of a column, or of the row as a whole.

    `row` is the first of them, None where it is the file; `detail` is what quarantine says of that one.
    """

    count: int
    row: int | None
    detail: str
    phrase: str
    column: str | None = None
    value: str | None = None


@dataclass(frozen=True)
class Emptied:
    """Values of a column that only describes, which were wrong."""

    column: str
    count: int
    row: int
    value: str


def counted(connection: duckdb.DuckDBPyConnection) -> Mapping[tuple[str, str], Counted]:
    """By feed and source, all that was read."""
    found = connection.execute(_COUNTS).fetchall()
    return {(feed, source): Counted(*counts) for feed, source, *counts in found}


def causes(connection: duckdb.DuckDBPyConnection, feed: str, source: str) -> list[Cause]:
    """Why rows of an origin were refused, the most frequent cause first."""
    found = connection.execute(_CAUSES, {"feed": feed, "source": source}).fetchall()
    return [_cause(count, row, detail or "") for count, row, detail in found]


def emptied(connection: duckdb.DuckDBPyConnection, feed: str, source: str) -> list[Emptied]:
    """What was emptied in the stored rows of an origin."""
    names = [column.name for column in FEEDS[feed].columns if column.only_describes]
    if not names:
        return []
    members = ", ".join(f"_extra ->> 'invalid_{name}' as {name}" for name in names)
    query = _EMPTIED.format(invalid=members, feed=feed, names=", ".join(names))
    return [Emptied(*row) for row in connection.execute(query, {"source": source}).fetchall()]


def _cause(count: int, row: int | None, detail: str) -> Cause:
    if found := _VALUE.match(detail):
        column, value, phrase = found.groups()
        return Cause(count, row, detail, phrase, column, value)
    column, _, phrase = detail.partition(" ")
    if phrase.startswith(("is empty", "is no column of the file")):
        return Cause(count, row, detail, phrase, column)
    return Cause(count, row, detail, detail)
