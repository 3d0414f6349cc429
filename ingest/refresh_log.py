"""The store's log of what was published: written from the publications themselves, read in the order they came in.

What a publication is, and where it lies, is not known here but for the marts in which it tells of itself, of the
scores that it was the first to give, and of the pay that it was the first to state.
"""

from pathlib import Path

import duckdb

from ingest.sql import literal
from ingest.store import connect

# Batches are numbered by their loaded_at, which only grows, whatever the clock does.
_LOGGED = """
select refreshes.refresh_id
from ops.refreshes as refreshes left join ops.batches as batches on refreshes.refresh_id = batches.batch_id
order by batches.loaded_at asc nulls first, refreshes.started_at, refreshes.refresh_id
"""
_TAKEN = "select refresh_id from ops.refreshes union select batch_id from ops.batches"
_LAST_BATCH = "select batch_id from ops.batches order by loaded_at desc limit 1"
# What is copied as it is, table by mart.
_COPIED = (
    ("data_quality", "kpi_data_quality"),
    ("refreshes", "fct_refreshes"),
    ("lead_score_history", "fct_lead_score_history"),
)
_COPIED_OF_PAY = (("pay_statements", "fct_pay_statements"),)


def logged(store: Path, *, read_only: bool = False) -> list[str]:
    """Every refresh that was published, in the order in which they were."""
    with connect(store, read_only=read_only) as connection:
        return [refresh_id for (refresh_id,) in connection.execute(_LOGGED).fetchall()]


def taken(store: Path) -> set[str]:
    """The ids that refreshes, published or not, have had."""
    with connect(store) as connection:
        return {refresh_id for (refresh_id,) in connection.execute(_TAKEN).fetchall()}


def last_batch(connection: duckdb.DuckDBPyConnection) -> str | None:
    """The refresh that loaded its rows last, published or not; `connection` is one on the store."""
    found = connection.execute(_LAST_BATCH).fetchone()
    return found[0] if found else None


def write(store: Path, publication: Path, pay: Path | None, refresh_id: str) -> None:
    """Copy what a publication says of itself, and what it is the first to show or to state, into the log, once.

    `pay` is the file of pay that was published with it, if any.
    """
    with connect(store) as connection:
        if connection.execute("select 1 from ops.refreshes where refresh_id = ?", [refresh_id]).fetchone():
            return
        connection.execute(f"attach {literal(str(publication))} as published (read_only)")
        if pay:
            connection.execute(f"attach {literal(str(pay))} as published_pay (read_only)")
        connection.execute("begin")
        for table, mart in _COPIED:
            _copy(connection, refresh_id, "published", mart, table)
        for table, mart in _COPIED_OF_PAY if pay else ():
            _copy(connection, refresh_id, "published_pay", mart, table)
        _forget_scores(connection, refresh_id)
        if _columns(connection, "published", "kpi_restatements"):
            connection.execute(
                "insert into ops.measures (refresh_id, mart, measure, period_month, value) "
                "select ?, mart, measure, period_month, current from published.marts.kpi_restatements where is_news",
                [refresh_id],
            )
        connection.execute("commit")


def _copy(connection: duckdb.DuckDBPyConnection, refresh_id: str, database: str, mart: str, table: str) -> None:
    """The rows of a mart that this refresh wrote, in the columns that mart and table share, if it is there at all."""
    shown = _columns(connection, database, mart)
    if not shown:
        return
    columns = ", ".join(name for name in connection.table(f"ops.{table}").columns if name in shown)
    connection.execute(
        f"insert into ops.{table} ({columns}) select {columns} from {database}.marts.{mart} where refresh_id = ?",
        [refresh_id],
    )


def _forget_scores(connection: duckdb.DuckDBPyConnection, refresh_id: str) -> None:
    """Remove the scores that the publication shows no more: of erased leads, and of a clock that was ahead.

    Only a refresh without --known-at whose own clock was not ahead shows all others, and only such a one states months.
    """
    if not (
        _columns(connection, "published", "fct_lead_score_history")
        and "stated_month" in _columns(connection, "published", "fct_refreshes")
        and connection.execute(
            "select 1 from published.marts.fct_refreshes where refresh_id = ? and stated_month is not null",
            [refresh_id],
        ).fetchone()
    ):
        return
    counts = connection.execute(
        "select count(*) from ops.lead_score_history union all "
        "select count(*) from published.marts.fct_lead_score_history"
    ).fetchall()
    # Nearly always it shows all that is logged; it shows nothing else, so that to count is to compare.
    if counts[0] != counts[1]:
        connection.execute(
            "delete from ops.lead_score_history where (lead_id, scored_at) not in "
            "(select (lead_id, scored_at) from published.marts.fct_lead_score_history)"
        )


def _columns(connection: duckdb.DuckDBPyConnection, database: str, mart: str) -> set[str]:
    """The columns of a mart as published: one of an earlier version may lack some, or all."""
    found = connection.execute(
        "select column_name from duckdb_columns() where database_name = ? and schema_name = 'marts' and table_name = ?",
        [database, mart],
    ).fetchall()
    return {name for (name,) in found}
