"""What a page asks of the marts: named queries of one file, and the rows that they bring.

Each query has a head of comments, so that whoever reads a number finds the cell that it stands in:

    -- name: flows
    -- mart: kpi_stage_daily
    -- key: period_month, stage, segment
    -- derived: period_month = date_trunc('month', date_day)::date
    -- where: date_day > timestamp '2026-01-01'

`key` tells its rows apart, and it ends in an `order by` of the same columns. Every other column is a column of the mart
under its own name, or the sum of it over the rows of the key: `derived` says what a column is made of that the mart
does not have (`moves = 1` is summed to their number, and one sum may be divided by another), `where` which of the
mart's rows count.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from ingest.errors import RevloopError

Value = str | int | float | bool | None

_HEAD = re.compile(r"^-- (name|mart|key|derived|where): *(.+?) *$", re.MULTILINE)
_TYPES = {
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP WITH TIME ZONE": "timestamp",
    "TIMESTAMP": "timestamp",
    "VARCHAR": "text",
}


@dataclass(frozen=True)
class Query:
    """One question to one mart."""

    name: str
    mart: str
    key: Sequence[str]
    sql: str
    derived: Mapping[str, str] = field(default_factory=dict)
    where: str | None = None


@dataclass(frozen=True)
class Column:
    """A column of what a query brings: its type for a page, and what the mart says of it."""

    name: str
    type: str
    about: str | None


@dataclass(frozen=True)
class RowSet:
    """What a query brought, ready to be written into a page."""

    query: Query
    about: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Value]]

    def to_json(self) -> Mapping[str, Any]:
        """What a page knows of it."""
        return {
            "mart": self.query.mart,
            "about": self.about,
            "key": list(self.query.key),
            "derived": dict(self.query.derived),
            "where": self.query.where,
            "columns": [{"name": column.name, "type": column.type, "about": column.about} for column in self.columns],
            "rows": self.rows,
        }


def read_queries(path: Path) -> Sequence[Query]:
    """The queries of a file. RevloopError for a head that lacks its name, mart or key."""
    return [_query(path, text) for text in re.split(r"(?m)^(?=-- name:)", path.read_text(encoding="utf-8"))[1:]]


def ask(connection: duckdb.DuckDBPyConnection, query: Query) -> RowSet:
    """Run a query. RevloopError if the mart does not have what it asks for."""
    try:
        found = connection.execute(query.sql)
    except duckdb.Error as error:
        raise RevloopError(f"the dashboard's query {query.name} fails on marts.{query.mart}: {error}") from error
    described = [(name, str(kind)) for name, kind, *_ in found.description or []]
    rows = [[_value(value) for value in row] for row in found.fetchall()]
    table, columns = _said_of(connection, query.mart)
    return RowSet(
        query,
        table,
        [Column(name, _TYPES.get(kind, "number"), columns.get(name)) for name, kind in described],
        rows,
    )


def _query(path: Path, text: str) -> Query:
    heads: dict[str, list[str]] = {}
    for name, value in _HEAD.findall(text):
        heads.setdefault(name, []).append(value)
    if missing := {"name", "mart", "key"} - heads.keys():
        raise RevloopError(f"{path}: a query has no `-- {min(missing)}: ...` in its head")
    return Query(
        name=heads["name"][0],
        mart=heads["mart"][0],
        key=[column.strip() for column in heads["key"][0].split(",")],
        sql=_HEAD.sub("", text).strip().rstrip(";"),
        derived=dict(_split(line) for line in heads.get("derived", [])),
        where=heads.get("where", [None])[0],
    )


def _split(derived: str) -> tuple[str, str]:
    name, _, expression = derived.partition("=")
    return name.strip(), expression.strip()


def _said_of(connection: duckdb.DuckDBPyConnection, mart: str) -> tuple[str, Mapping[str, str]]:
    table = connection.execute(
        "select comment from duckdb_tables() where schema_name = 'marts' and table_name = ?", [mart]
    ).fetchone()
    columns = connection.execute(
        "select column_name, comment from duckdb_columns() where schema_name = 'marts' and table_name = ?", [mart]
    ).fetchall()
    return (table[0] or "" if table else ""), {name: comment for name, comment in columns if comment}


def _value(value: Any) -> Value:
    """A value as JSON has it: numbers as numbers, dates as text, and nothing for what is no number."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if value.tzinfo else value).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    return value
