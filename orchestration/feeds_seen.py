"""What a publication tells of the feeds it saw: how late they are, what no seed lists, whether any lead moved.

Rows that were refused are the affair of `quarantine`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from orchestration.process_vars import read_vars, require_sensible_vars

MOST_VALUES_SHOWN = 20
LATEST = "select feed, latest_occurred_at from marts.kpi_data_quality where refresh_id = ? order by feed"
UNLISTED = """
select feed, column_name, value, row_count, nearest from marts.kpi_unlisted_values
order by row_count desc, feed, column_name, value
"""
LISTS = {
    "lead_source": "lead_sources.csv",
    "owner_id": "reps.csv",
    "activity_type": "activity_types.csv",
    "outcome": "stage_criteria.csv",
    "reason": "lost_reasons.csv",
}
FUNNEL = """
select
    (select count(*) from marts.dim_leads),
    (select count(*) from marts.fct_stage_transitions where from_stage is not null),
    (select bool_or(latest_occurred_at is not null) from marts.kpi_data_quality
    where refresh_id = ? and feed = 'activities')
"""


@dataclass(frozen=True)
class Lateness:
    """How long ago the latest row of a feed occurred that a refresh saw; `latest` is None if it saw none."""

    feed: str
    latest: datetime | None
    age: timedelta | None

    @property
    def told(self) -> str:
        if self.latest is None or self.age is None:
            return f"{self.feed} no row yet"
        return f"{self.feed} latest row {self.latest:%Y-%m-%d %H:%M} UTC, {self.age / timedelta(hours=1):.1f} h ago"

    def worry(self, most_hours: float | None) -> str | None:
        """Why a person should look, None if the feed is as young as it must be."""
        if most_hours is None:
            return None
        if self.age is None:
            return f"{self.feed} has no row yet, max_feed_age_hours is {most_hours:g}: see what should land there"
        hours = self.age / timedelta(hours=1)
        if hours <= most_hours:
            return None
        return (
            f"{self.feed} is late: its latest row is {hours:.0f} h old, max_feed_age_hours is {most_hours:g}: "
            "see whether its source still delivers"
        )


def lateness(connection: duckdb.DuckDBPyConnection, refresh_id: str, now: datetime) -> list[Lateness]:
    """The lateness of every feed that a publication knows, against the clock."""
    found = connection.execute(LATEST, [refresh_id]).fetchall()
    return [Lateness(feed, latest, None if latest is None else now - latest) for feed, latest in found]


def unlisted(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """One line for each value that no seed lists, the most frequent first, with the one that was probably meant."""
    found = connection.execute(UNLISTED).fetchall() if _has_mart(connection, "kpi_unlisted_values") else []
    for feed, column, value, count, nearest in found[:MOST_VALUES_SHOWN]:
        meant = f"did you mean {nearest!r}?" if nearest else "add it, or mend it where it comes from"
        rows = "1 row" if count == 1 else f"{count} rows"
        yield f"{column} {value!r} in {rows} of {feed} is not listed in {LISTS.get(column, 'a seed')}: {meant}"
    if len(found) > MOST_VALUES_SHOWN:
        yield f"{len(found) - MOST_VALUES_SHOWN} more values are not listed: see marts.kpi_unlisted_values"


def empty_funnel(connection: duckdb.DuckDBPyConnection, refresh_id: str) -> str | None:
    """What to look at if there are leads and activities, but nothing moved any lead."""
    [(leads, moves, has_activities)] = connection.execute(FUNNEL, [refresh_id]).fetchall()
    if not leads or moves or not has_activities:
        return None
    return (
        f"the funnel is empty: no activity moved any of the {leads} leads: compare the activity types with "
        "activity_types.csv and stage_criteria.csv"
    )


def most_hours(project: Path) -> float | None:
    """How old a feed may be, by the var max_feed_age_hours; None without a limit. RevloopError for vars at fault."""
    require_sensible_vars(project)
    return read_vars(project).get("max_feed_age_hours")


def worries(
    connection: duckdb.DuckDBPyConnection, refresh_id: str, ages: Sequence[Lateness], most_hours: float | None
) -> Iterator[str]:
    """All that a person should look at in what a publication saw."""
    yield from (worry for age in ages if (worry := age.worry(most_hours)))
    if empty := empty_funnel(connection, refresh_id):
        yield empty
    yield from unlisted(connection)


def _has_mart(connection: duckdb.DuckDBPyConnection, name: str) -> bool:
    found = connection.execute("select 1 from duckdb_tables() where schema_name = 'marts' and table_name = ?", [name])
    return found.fetchone() is not None
