"""What became of a build: its nodes, and line by line why it failed.

How dbt is run is the affair of `dbt_runner`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from ingest.errors import RevloopError
from ingest.opening import opened
from ingest.sql import literal
from orchestration.catalogs import PAY, STEPS, WAREHOUSE, Catalogs
from orchestration.database import open_database

if TYPE_CHECKING:
    from dbt.artifacts.schemas.run import RunResult

LONGEST_MESSAGE = 400
MACRO_STACK = ("> in macro", "> called by", "compiled code at", "compiled Code at")
HEADING = re.compile(r"(Compilation|Runtime|Database) Error in \w+ \S+ \(.*\)")
FAILED = ("error", "fail", "runtime error", "partial success")
NOTHING_DONE = "no-op"
PASSED = ("success", "pass", "warn", NOTHING_DONE)


@dataclass(frozen=True)
class Node:
    """What became of one seed, model or data test; `failures` counts the rows a test found."""

    unique_id: str
    resource_type: str
    status: str
    seconds: float
    failures: int

    @property
    def has_passed(self) -> bool:
        return self.status in PASSED

    @property
    def is_left_alone(self) -> bool:
        return self.status == NOTHING_DONE


@dataclass(frozen=True)
class Build:
    """A dbt build or a part of one; `causes` are the lines that say why it failed, none if it passed."""

    nodes: Sequence[Node]
    causes: tuple[str, ...] = ()

    @property
    def checks_count(self) -> int:
        """Data tests that passed, now or when what they look at was last made."""
        return sum(node.resource_type == "test" and node.has_passed for node in self.nodes)

    def require_passed(self) -> "Build":
        """This build, or RevloopError with the lines that say why nothing built on it may be published."""
        if self.causes:
            raise RevloopError(*self.causes)
        return self


def in_one_line(text: str) -> str:
    """A message of many lines as one, cut where it gets too long for a terminal."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_MESSAGE else line[: LONGEST_MESSAGE - 1] + "…"


def left_alone(unique_id: str) -> Node:
    """What is as it was, and was not made."""
    return Node(unique_id, unique_id.partition(".")[0], NOTHING_DONE, 0, 0)


def node_of(result: "RunResult") -> Node:
    """What dbt says of a node."""
    return Node(
        unique_id=result.node.unique_id,
        resource_type=str(result.node.resource_type),
        status=str(result.status),
        seconds=result.execution_time,
        failures=result.failures or 0,
    )


def causes_of(results: "Sequence[RunResult]", catalogs: Catalogs) -> Iterator[str]:
    """Every seed, model and test that failed, in the order in which they ran; what dbt skipped for it is no cause."""
    for result in results:
        if str(result.status) in FAILED:
            yield from _told(result, catalogs)


def _told(result: "RunResult", catalogs: Catalogs) -> list[str]:
    node = result.node
    if str(result.status) != "fail":
        lines = _without_dbts_frame(result.message or "")
        # What a seed's cells are told is a sentence a line, each with its file.
        sentences = [line for line in lines if line.startswith(f"{node.name}.csv")]
        return sentences or [in_one_line(f"{node.original_file_path}: {' '.join(lines)}")]
    # A sentence is never cut: it is written for a person, who must see all of it.
    return _messages(node.compiled_code, catalogs) or [
        f"data test {node.name} found {result.failures} rows that break it: "
        f"to see them run `dbt build --select +{node.name}`, then `dbt show --select {node.name}`"
    ]


def _without_dbts_frame(message: str) -> list[str]:
    """The lines that the database or the compiler said, without dbt's heading and its stack of macros."""
    lines = [line.strip() for line in message.splitlines()]
    return [line for line in lines if not line.startswith(MACRO_STACK) and not HEADING.fullmatch(line)]


def _messages(query: str, catalogs: Catalogs) -> list[str]:
    """What a failed test says in its column `message`, a line for each row, nothing if it has none."""
    attached = {"store": catalogs.store, "warehouse": catalogs.build / WAREHOUSE, "pay": catalogs.build / PAY}
    with open_database(catalogs.build / STEPS, read_only=True) as connection:
        for name, path in attached.items():
            attach = f"attach {literal(str(path))} as {name} (read_only)"
            opened(path, partial(connection.execute, attach))
        found = connection.sql(query)
        if "message" not in found.columns:
            return []
        return [str(message) for (message,) in found.project("message").fetchall()]
