"""What tells two warehouses apart: row count and order-free hash of all columns, by mart or output."""

from pathlib import Path

import duckdb

# Logs of runs say when and how often something was loaded, and may differ where all else is the same.
LOGS = frozenset(
    {"fct_refreshes", "kpi_data_quality", "fct_lead_score_history", "fct_pay_statements", "kpi_restatements"}
)

Fingerprint = tuple[int, int]


def fingerprints(warehouse: Path) -> dict[str, Fingerprint]:
    """The fingerprint of every mart and output of a file, logs of runs included, by its name."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        tables = connection.execute("select schema_name, table_name from duckdb_tables() order by all").fetchall()
        return {
            name: connection.execute(
                f"select count(*), coalesce(sum(hash(mart)::hugeint), 0) from {schema}.{name} as mart"
            ).fetchall()[0]
            for schema, name in tables
        }


def lasting(warehouse: Path) -> dict[str, Fingerprint]:
    """The fingerprints of all that the same raw data, clocks, process and code give again: all but the logs."""
    return {name: found for name, found in fingerprints(warehouse).items() if name not in LOGS}
