"""The ledger of deliveries: what each sink has, what it rejected, and which publication it was sent last.

Comparing the ledger with a publication makes a plan; sending it is the sinks' affair.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Self

import pyarrow

from ingest.durable import put_in_place, write_anew
from ingest.opening import SECONDS_A_LOOK_WAITS, opened
from ingest.sql import literal
from orchestration.database import open_database
from orchestration.outputs.sink import Counts, Output, Plan, Receipt, key_of

TABLES = """
create table if not exists ledger.deliveries (
    sink varchar, refresh_id varchar, as_of timestamptz, delivered_at timestamptz
);
alter table ledger.deliveries add column if not exists delivery_number bigint;
create table if not exists ledger.delivered (
    sink varchar, output varchar, row_key varchar, row_hash varchar, lead_id varchar
);
create table if not exists ledger.rejects (
    sink varchar, output varchar, row_key varchar, row_hash varchar, lead_id varchar,
    action varchar, message varchar, rejected_at timestamptz
);
"""

# Deliveries are numbered as they are written down; those of an earlier version are not, and came before.
LAST_FIRST = """
from ledger.deliveries where sink = ? order by delivery_number desc nulls last, delivered_at desc
"""

IS_OPEN_REJECT = """exists (
    select 1 from ledger.rejects as rejects
    where rejects.sink = ? and rejects.output = ? and rejects.row_key = compared.row_key
        and rejects.action = compared.action and rejects.row_hash is not distinct from compared.row_hash
)"""


class Ledger:
    """The ledger's file. A dry run reads it, or an empty one in memory where none is there yet."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        # The file is attached, not opened: plans live in memory beside it, where every cursor sees them.
        self.connection = open_database(":memory:")
        is_there = path.exists()
        place = path if is_there or not read_only else ":memory:"
        mode = "(read_only)" if is_there and read_only else ""
        patience = SECONDS_A_LOOK_WAITS if read_only else None
        opened(path, lambda: self.connection.execute(f"attach {literal(str(place))} as ledger {mode}"), patience)
        if not mode:
            self.connection.execute(TABLES)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def see(self, publication: Path) -> frozenset[str]:
        """Attach the publication that plans are made from; the tables of outputs that it holds."""
        self.connection.execute(f"attach {literal(str(publication))} as published (read_only)")
        held = self.connection.execute(
            "select table_name from duckdb_tables() where database_name = 'published' and schema_name = 'outputs'"
        )
        return frozenset(name for (name,) in held.fetchall())

    def last_as_of(self, sink: str) -> datetime | None:
        """The as_of of the publication that the sink was sent last, whatever the clock said then."""
        found = self.connection.execute(f"select as_of {LAST_FIRST} limit 1", [sink]).fetchone()
        return found[0] if found else None

    def plan(self, sink: str, output: Output, *, only_rejected: bool = False) -> Plan:
        """The changes that take the sink from what it has to what the publication says.

        A row that was rejected as it stands is sent again only when asked for.
        """
        changes = f"changes_{output.name}"
        mine = [sink, output.name]
        self.connection.execute(
            f"""
            create or replace table {changes} as
            with desired as (
                select {key_of(output, "wanted")} as row_key, wanted.row_hash, wanted.lead_id
                from published.outputs.{output.table} as wanted
            ),
            had as (select row_key, row_hash, lead_id from ledger.delivered where sink = ? and output = ?),
            compared as (
                select
                    coalesce(desired.row_key, had.row_key) as row_key,
                    coalesce(desired.lead_id, had.lead_id) as lead_id,
                    desired.row_hash,
                    case
                        when had.row_key is null then 'create'
                        when desired.row_key is null then 'delete'
                        when desired.row_hash is distinct from had.row_hash then 'update'
                        else 'unchanged'
                    end as action
                from desired full join had on desired.row_key = had.row_key
            )
            select *, {IS_OPEN_REJECT} as is_rejected from compared
            """,
            [*mine, *mine],
        )
        self.connection.execute(
            f"delete from {changes} where action <> 'unchanged' and is_rejected <> ?",
            [only_rejected],
        )
        counted = dict(self.connection.execute(f"select action, count(*) from {changes} group by action").fetchall())
        self.connection.execute(f"delete from {changes} where action = 'unchanged'")
        counts = Counts(*(counted.get(action, 0) for action in ("create", "update", "delete", "unchanged")))
        return Plan(output, counts, self.connection, changes)

    def record(self, sink: str, plan: Plan, receipt: Receipt, now: datetime) -> None:
        """Write down what the sink took and what it rejected, in one transaction."""
        mine = [sink, plan.output.name]
        writing = self.connection.cursor()
        writing.register("taken", pyarrow.table({"row_key": pyarrow.array(receipt.accepted, pyarrow.string())}))
        writing.register(
            "refused",
            pyarrow.table(
                {
                    "row_key": pyarrow.array(receipt.rejected.keys(), pyarrow.string()),
                    "message": pyarrow.array(receipt.rejected.values(), pyarrow.string()),
                }
            ),
        )
        writing.execute("begin")
        for table, keys in (("delivered", "taken"), ("rejects", "taken"), ("rejects", "refused")):
            writing.execute(
                f"delete from ledger.{table} where sink = ? and output = ? and row_key in (select row_key from {keys})",
                mine,
            )
        writing.execute(
            f"insert into ledger.delivered select ?, ?, row_key, row_hash, lead_id from {plan.changes} "
            "where action <> 'delete' and row_key in (select row_key from taken)",
            mine,
        )
        writing.execute(
            f"insert into ledger.rejects select ?, ?, row_key, row_hash, lead_id, action, message, ? "
            f"from {plan.changes} inner join refused using (row_key)",
            [*mine, now],
        )
        writing.execute("commit")
        writing.close()

    def close_delivery(self, sink: str, refresh_id: str, as_of: datetime, now: datetime) -> None:
        """Write down that a publication was sent whole."""
        self.connection.execute(
            "insert into ledger.deliveries (sink, refresh_id, as_of, delivered_at, delivery_number) "
            "select ?, ?, ?, ?, coalesce(max(delivery_number), 0) + 1 from ledger.deliveries",
            [sink, refresh_id, as_of, now],
        )

    def open_rejects(self) -> int:
        """How many rows wait for `--retry-rejected`."""
        return self.connection.execute("select count(*) from ledger.rejects").fetchone()[0]


def erase(path: Path, is_erased: Callable[[str], bool]) -> None:
    """Forget every row of the leads that are erased. The file is written anew: no free block keeps their ids."""
    renewed = path.with_name(f".{path.name}.tmp")
    with Ledger(path) as ledger:
        known = ledger.connection.execute(
            "select lead_id from ledger.delivered union select lead_id from ledger.rejects"
        ).fetchall()
        erased = [lead_id for (lead_id,) in known if lead_id is not None and is_erased(lead_id)]
        for table in ("delivered", "rejects"):
            ledger.connection.execute(
                f"delete from ledger.{table} where lead_id in (select unnest($erased::varchar[]))", {"erased": erased}
            )
        write_anew(ledger.connection, "ledger", renewed)
    put_in_place(renewed, path)
