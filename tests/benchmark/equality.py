"""Whether two warehouses hold the same marts: row counts and order-free hashes of all columns."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

# Logs of runs say when and how often something was loaded, and differ where all else is the same.
LOGS = frozenset(
    {"fct_refreshes", "kpi_data_quality", "fct_lead_score_history", "fct_pay_statements", "kpi_restatements"}
)


@dataclass(frozen=True)
class Comparison:
    """Marts that are equal, that differ, and that the other warehouse lacks; and all that the other one has."""

    equal: list[str]
    differing: list[str]
    missing: list[str]
    made: list[str]


def compare(warehouse: Path, other: Path) -> Comparison:
    """Compare every mart and output of `warehouse` with its namesake in the other one."""
    ours, theirs = _fingerprints(warehouse), _fingerprints(other)
    shared = [name for name in ours if name in theirs and name not in LOGS]
    return Comparison(
        equal=[name for name in shared if ours[name] == theirs[name]],
        differing=[name for name in shared if ours[name] != theirs[name]],
        missing=[name for name in ours if name not in theirs],
        made=list(theirs),
    )


def _fingerprints(warehouse: Path) -> dict[str, tuple[int, int]]:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        tables = connection.execute("select schema_name, table_name from duckdb_tables() order by all").fetchall()
        return {
            name: connection.execute(
                f"select count(*), coalesce(sum(hash(mart)::hugeint), 0) from {schema}.{name} as mart"
            ).fetchall()[0]
            for schema, name in tables
        }
