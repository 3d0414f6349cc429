"""What a sink is, and the plan it is handed: which rows of one output to create, update and delete.

How a row travels is the sink's affair, what was delivered before is the ledger's.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import duckdb

ROWS_AT_A_TIME = 1000


@dataclass(frozen=True)
class Output:
    """One table of the schema `outputs`: how it is called outside, and the columns of its key."""

    name: str
    table: str
    key: tuple[str, ...]


OUTPUTS = (
    Output("lead_scores", "sync_crm__lead_scores", ("lead_id",)),
    Output("recycled_leads", "sync_crm__recycled_leads", ("lead_id",)),
    Output("next_actions", "sync_crm__next_actions", ("action_id",)),
    Output("audiences", "sync_ads__audiences", ("audience", "lead_id")),
)


@dataclass(frozen=True)
class Counts:
    """How many rows of an output a delivery creates, updates, deletes and leaves as they are."""

    created: int = 0
    updated: int = 0
    deleted: int = 0
    unchanged: int = 0

    @property
    def changed(self) -> int:
        return self.created + self.updated + self.deleted

    @property
    def delivered_before(self) -> int:
        return self.updated + self.deleted + self.unchanged


@dataclass(frozen=True)
class Change:
    """One row to send; `action` is create, update or delete, `row` is None for a delete."""

    action: str
    key: str
    row: Mapping[str, Any] | None


@dataclass(frozen=True)
class Receipt:
    """What became of some changes of a plan, by key; a rejection says why."""

    accepted: Sequence[str] = ()
    rejected: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """One output's changes; `connection` sees them as table `changes`, the publication as `published`."""

    output: Output
    counts: Counts
    connection: duckdb.DuckDBPyConnection
    changes: str

    def keys(self) -> list[str]:
        """The keys of all changes."""
        return [key for (key,) in self.connection.execute(f"select row_key from {self.changes}").fetchall()]

    def rows(self) -> Iterator[Change]:
        """The changes one by one, in the order of their keys, each with the row to send."""
        cursor = self.connection.cursor()
        cursor.execute(
            f"select changes.action, changes.row_key, wanted.* exclude (row_hash) "
            f"from {self.changes} as changes "
            f"left join published.outputs.{self.output.table} as wanted "
            f"on changes.row_key = {key_of(self.output, 'wanted')} order by changes.row_key"
        )
        names = [column[0] for column in cursor.description[2:]]
        while batch := cursor.fetchmany(ROWS_AT_A_TIME):
            for action, key, *values in batch:
                yield Change(
                    action,
                    key,
                    None if action == "delete" else dict(zip(names, values, strict=True)),
                )


class Sink(Protocol):
    """A system that gets rows. A change sent twice, after a crash, must do no harm."""

    name: str

    def push(self, plan: Plan) -> Iterator[Receipt]:
        """Send a plan's changes; each receipt says for some of them whether the system took them."""
        ...


def key_of(output: Output, table: str) -> str:
    """The SQL expression for an output's key as one text."""
    return f"concat_ws(chr(31), {', '.join(f'{table}.{column}' for column in output.key)})"
