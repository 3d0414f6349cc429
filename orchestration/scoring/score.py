"""The scoring step of a refresh: the model of its training rows, kept or fitted, put where models read it.

A fit depends on nothing but the training rows, the seeds, the vars and the code, so one that is kept under a hash of
these is what a new one would be.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

from ingest.errors import RevloopError
from ingest.sql import literal, one_line
from orchestration.catalogs import STEPS, WAREHOUSE
from orchestration.database import open_database
from orchestration.scoring import model_file, tables
from orchestration.scoring.tables import SCHEMA, TABLES

LIBRARIES = ("numpy", "scipy", "scikit-learn")


@dataclass(frozen=True)
class Terms:
    """What a fit goes by besides its rows: the clock and the process of its refresh."""

    as_of: datetime
    zone: str
    horizon_days: int
    min_positive_count: int
    made_by: str


def score(build: Path, kept: Path, terms: Terms, tell: Callable[[str], None]) -> None:
    """Write the model of this build's training rows into it. RevloopError if that fails for no reason of the data."""
    from orchestration.scoring.training_rows import TrainingRows

    try:
        with _opened(build) as connection:
            tables.create(connection)
            rows = TrainingRows(connection, terms.zone, terms.horizon_days)
            [(month,)] = connection.execute(
                "select strftime(timezone(?, ?::timestamptz), '%Y-%m')", [terms.zone, terms.as_of]
            ).fetchall()
            key = _key(month, terms, rows.digest())
            found = model_file.read(kept, key)
            if found is None:
                from orchestration.scoring.night import fitted

                allowed = connection.execute("select feature from seeds.score_feature_allow").fetchall()
                found = fitted(rows, month, terms.min_positive_count, frozenset(name for (name,) in allowed))
                found = {"fit_key": key, "libraries": _versions(), **found}
                model_file.write(kept, found)
                tell(f"score: {_told(found)}, fitted anew")
            else:
                tell(f"score: {_told(found)}, as its training rows are what they were")
            _write(connection, found)
    except (duckdb.Error, ArithmeticError, ValueError, MemoryError) as error:
        raise RevloopError(f"the leads could not be scored: {one_line(error) or type(error).__name__}") from error


def _key(month: str, terms: Terms, digest: Iterable[str]) -> str:
    said = [month, terms.zone, terms.horizon_days, terms.min_positive_count, terms.made_by, _versions(), *digest]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _versions() -> dict[str, str]:
    return {name: version(name) for name in LIBRARIES}


def _told(found: dict[str, Any]) -> str:
    model = found["models"][0]
    if model["is_live"]:
        return f"{model['model_version']} is live"
    return f"{model['model_version']} is refused ({model['refused_reason']}), leads are scored by rule"


def _write(connection: duckdb.DuckDBPyConnection, found: dict[str, Any]) -> None:
    """Replace what the tables held; nothing is touched where it is what they hold."""
    key = found["fit_key"]
    if connection.execute(f"select fit_key from {SCHEMA}.models").fetchall() == [(key,)]:
        return
    connection.execute("begin")
    for name, columns in TABLES.items():
        connection.execute(f"delete from {SCHEMA}.{name}")
        rows = [[{**row, "fit_key": key}[column] for column in columns] for row in found[name]]
        if rows:
            places = ", ".join(f"?::{kind}" for kind in columns.values())
            connection.executemany(f"insert into {SCHEMA}.{name} values ({places})", rows)
    connection.execute("commit")


@contextmanager
def _opened(build: Path):  # noqa: ANN202
    with open_database(build / STEPS) as connection:
        connection.execute(f"attach {literal(str(build / WAREHOUSE))} as warehouse (read_only)")
        connection.execute("set preserve_insertion_order = false")
        yield connection
