"""A row that is dated long before all others of its feed, most likely by mistake, and the file it came in.

One such row makes every history begin with it.
"""

from collections.abc import Iterator, Mapping

import duckdb

YEARS_BEFORE_THE_NEXT = 10
# Two looks at one column, and at the rest only of the rows in question.
ALONE = """
with earliest as (select min({dated}) as dated from raw.{feed}),

following as (
    select earliest.dated, min({feed}.{dated}) as next_dated
    from raw.{feed} as {feed} inner join earliest on {feed}.{dated} > earliest.dated
    group by earliest.dated
)

select {feed}.{dated}::date, next_dated::date, _source, _source_row
from raw.{feed} as {feed} inner join following on {feed}.{dated} = following.dated
where next_dated >= following.dated + to_years({years})
order by _loaded_at desc, _source desc, _source_row desc limit 1
"""
DATED_BY: Mapping[str, str] = {"leads": "created_at", "activities": "occurred_at", "contracts": "signed_at"}


def outliers(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """One line for each feed whose earliest row lies alone; `connection` is one on the store."""
    for feed, dated in DATED_BY.items():
        query = ALONE.format(feed=feed, dated=dated, years=YEARS_BEFORE_THE_NEXT)
        for day, next_day, source, row in connection.execute(query).fetchall():
            yield (
                f"the earliest row of {feed} is dated {day}, the next one {next_day}: "
                f"see whether row {row} of {source} is right"
            )
