"""Erasure of leads from the store: rows, quarantine, and the bytes left in the file.

Whom an erasure concerns is found in `erasures`, how a row that arrives again is turned away is in `erased`; other
files of the data folder are not known here.
"""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow as pa

from ingest.durable import put_in_place, write_anew
from ingest.erased import lead_hash
from ingest.erasures import ROW, Erasure
from ingest.sql import single_value
from ingest.store import connect, usable

_VALUES_PER_BATCH = 100_000
_ROWS_SCHEMA = pa.schema([(name, pa.int64() if name == "source_row" else pa.string()) for name in ROW])
_LEAD_IDS = """
select lead_id from raw.leads union select merged_into_lead_id from raw.leads
union select lead_id from raw.activities union select lead_id from raw.contracts
"""


def erase_leads(
    store: Path,
    erasure: Erasure,
    hash_key: bytes,
    *,
    memory_limit: str | None = None,
    temp_directory: Path | None = None,
) -> dict[str, int]:
    """Remove leads from the store for good; returns the rows removed or changed per table.

    All versions of the leads and of their activities go, as do quarantined rows that name them
    or one of their e-mails; their contracts lose the lead_id. Running it again, also with an empty
    erasure, finishes one that was killed: the file is written anew each time.
    """
    renewed = store.with_name(f"{store.name}.renewed")
    with usable(store, "the disk space for a second copy of it"):
        connection = connect(store, memory_limit=memory_limit, temp_directory=temp_directory)
        try:
            connection.begin()
            counts = _erase_rows(connection, erasure, hash_key)
            connection.commit()
            write_anew(connection, single_value(connection, "select current_database()"), renewed)
        finally:
            connection.close()
        put_in_place(renewed, store)
    return counts


def _erase_rows(connection: duckdb.DuckDBPyConnection, erasure: Erasure, hash_key: bytes) -> dict[str, int]:
    ids = _recognised(connection, _LEAD_IDS, lambda lead_id: lead_hash(lead_id, hash_key) in erasure.leads)
    _remember(connection, erasure)
    return {
        "quarantine": _erase_quarantine(connection, erasure),
        "leads": _change(connection, "delete from raw.leads where lead_id in ids", ids),
        "activities": _change(connection, "delete from raw.activities where lead_id in ids", ids),
        "contracts": _change(
            connection, "update raw.contracts set lead_id = null, _extra = null where lead_id in ids", ids
        ),
        # Only versions that no longer count can name an erased lead: the others went with it.
        "former_merges": _change(
            connection,
            "update raw.leads set merged_into_lead_id = null where merged_into_lead_id in ids",
            ids,
        ),
        "scores": _change(connection, "delete from ops.lead_score_history where lead_id in ids", ids),
    }


def _recognised(connection: duckdb.DuckDBPyConnection, query: str, is_concerned: Callable[[str], bool]) -> list[str]:
    """Those of a query's texts that are concerned: what is erased is known by its hash alone."""
    reading = connection.cursor()
    found = reading.execute(query)
    concerned = []
    while batch := found.fetchmany(_VALUES_PER_BATCH):
        concerned += [value for (value,) in batch if value is not None and is_concerned(value)]
    reading.close()
    return concerned


def _change(connection: duckdb.DuckDBPyConnection, statement: str, ids: list[str]) -> int:
    listed = statement.replace(" in ids", " in (select unnest($ids::varchar[]))")
    return connection.execute(listed, {"ids": ids}).fetchall()[0][0]


def _remember(connection: duckdb.DuckDBPyConnection, erasure: Erasure) -> None:
    connection.execute(
        "insert into ops.erased select * from (select unnest($hashes::varchar[]) as lead_hash) "
        "where lead_hash not in (select lead_hash from ops.erased)",
        {"hashes": sorted(erasure.leads)},
    )


def _erase_quarantine(connection: duckdb.DuckDBPyConnection, erasure: Erasure) -> int:
    """Quarantined contracts stay without their text; the other feeds' rows go."""
    rows = pa.table({name: [row[place] for row in erasure.rows] for place, name in enumerate(ROW)}, schema=_ROWS_SCHEMA)
    connection.register("concerned_rows", rows)
    is_concerned = " and ".join(f"quarantine.{name} is not distinct from concerned_rows.{name}" for name in ROW)
    named = f"exists (select 1 from concerned_rows where {is_concerned})"
    changed = connection.execute(
        "update raw.quarantine set raw_row = null, lead_id = null, detail = 'names an erased lead' "
        f"where feed = 'contracts' and {named}"
    ).fetchall()[0][0]
    gone = connection.execute(f"delete from raw.quarantine where feed <> 'contracts' and {named}").fetchall()[0][0]
    connection.unregister("concerned_rows")
    return changed + gone
