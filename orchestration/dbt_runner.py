"""Run dbt inside this process: parse once, build with a night's vars, say line by line why a build failed.

Which models exist and what they mean is dbt's affair; this module knows only nodes and their results.
"""

import json
import re
import signal
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.errors import RevloopError
from ingest.opening import opened
from ingest.sql import literal
from orchestration import lineage, modes
from orchestration.database import open_database
from orchestration.parts import PARTS, Part
from orchestration.process_vars import var_faults
from orchestration.seed_files import seed_faults
from orchestration.settings import called_as, environment_set

if TYPE_CHECKING:
    from dbt.artifacts.schemas.run import RunResult
    from dbt.cli.main import dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest
    from dbt_common.events.base_types import EventMsg

SECONDS_BETWEEN_PROGRESS = 5.0
LONGEST_MESSAGE = 400
MACRO_STACK = ("> in macro", "> called by", "compiled code at", "compiled Code at")
HEADING = re.compile(r"(Compilation|Runtime|Database) Error in \w+ \S+ \(.*\)")
FAILED = ("error", "fail", "runtime error", "partial success")
INTERRUPTS = (signal.SIGINT, signal.SIGTERM)
PASSED = ("success", "pass", "warn", "no-op")
QUIET = ("--log-level", "none", "--log-level-file", "none", "--no-print", "--no-version-check")


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


@dataclass(frozen=True)
class Build:
    """A dbt build or a part of one; `causes` are the lines that say why it failed, none if it passed."""

    nodes: Sequence[Node]
    causes: tuple[str, ...] = ()

    @property
    def checks_count(self) -> int:
        """Data tests that ran and passed."""
        return sum(node.resource_type == "test" and node.has_passed for node in self.nodes)

    def require_passed(self) -> "Build":
        """This build, or RevloopError with the lines that say why nothing built on it may be published."""
        if self.causes:
            raise RevloopError(*self.causes)
        return self


@dataclass(frozen=True)
class Catalogs:
    """The files and limits that profiles.yml names by environment variables."""

    data: Path
    store: Path
    build: Path
    memory_limit: str

    def environment(self) -> dict[str, str]:
        return {
            "REVLOOP_DATA": str(self.data),
            "REVLOOP_STORE": str(self.store),
            "REVLOOP_BUILD": str(self.build),
            "REVLOOP_MEMORY_LIMIT": self.memory_limit,
        }


class DbtProject:
    """One dbt project, parsed at most once in a process and built in parts; dbt's own files go to `target`."""

    def __init__(self, folder: Path, target: Path, catalogs: Catalogs, parts: Sequence[Part] = PARTS) -> None:
        self.folder = folder
        self.parts = parts
        self.target = target
        self.catalogs = catalogs
        self._manifest: Manifest | None = None

    def parse(self, target: Path) -> "Manifest":
        """Read the project, with dbt's own files in `target`.

        Parsed without a night's vars, so that dbt's partial parsing holds from night to night.
        """
        if faults := [*seed_faults(self.folder), *var_faults(self.folder)]:
            raise RevloopError(*faults)
        self._manifest = self._invoke(["parse"], self.catalogs, target).result
        return self._manifest

    @property
    def manifest(self) -> "Manifest":
        """The parsed project."""
        return self._manifest or self.parse(self.target)

    @cached_property
    def manifest_content(self) -> Mapping[str, Any]:
        """The parsed project as manifest.json spells it."""
        return self.manifest.writable_manifest().to_dict(omit_none=False)

    def build(
        self,
        variables: Mapping[str, str | bool | list[str]],
        selection: Sequence[str],
        *,
        catalogs: Catalogs | None = None,
        full_refresh: bool = False,
        progress: Callable[[str], None],
    ) -> Build:
        """A selection of the project with its data tests, in order.

        Unit tests are for development and never run here.
        """
        arguments = [
            "build",
            "--vars",
            json.dumps(dict(variables)),
            "--exclude-resource-type",
            "unit_test",
            *selection,
        ]
        arguments += ["--full-refresh"] if full_refresh else []
        catalogs = catalogs or self.catalogs
        outcome = self._invoke(arguments, catalogs, self.target, self.manifest, Progress(progress).see)
        results = outcome.result.results
        return Build([_node(result) for result in results], tuple(_causes(results, catalogs)))

    def build_changed_seeds(self, seeds: Collection[str], build: Callable[[Sequence[str]], Build]) -> Build:
        """These seeds with their tests, by `build` of a selection; the others are as they were."""
        nodes: list[Node] = []
        causes: tuple[str, ...] = ()
        if seeds:
            names = lineage.seeds_and_their_tests(self.manifest_content, seeds)
            built = build(("--select", *names, "--indirect-selection", "empty"))
            nodes, causes = list(built.nodes), built.causes
        done = {node.unique_id for node in nodes}
        others = [seed for seed in lineage.seed_ids(self.manifest_content) if seed not in done]
        return Build([*nodes, *(Node(seed, "seed", "no-op", 0, 0) for seed in others)], causes)

    def _invoke(
        self,
        arguments: Sequence[str],
        catalogs: Catalogs,
        target: Path,
        manifest: "Manifest | None" = None,
        callback: "Callable[[EventMsg], None] | None" = None,
    ) -> "dbtRunnerResult":
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager
        from dbt.cli.main import dbtRunner

        places = [
            "--project-dir",
            self.folder,
            "--profiles-dir",
            self.folder,
            "--target-path",
            target,
        ]
        # dbt leaves what it read and said in the data folder.
        harmless = called_as("dbt", arguments[0])
        with environment_set(catalogs.environment()), harmless, modes.private(), interruptible():
            try:
                runner = dbtRunner(manifest=manifest, callbacks=[callback] if callback else [])
                outcome = runner.invoke([*arguments, *map(str, places), "--log-path", str(target), *QUIET])
            finally:
                DuckDBConnectionManager.close_all_connections()
        stopped = outcome.exception
        if stopped is not None and not isinstance(stopped, Exception):
            raise stopped
        if outcome.result is None or stopped is not None:
            raise RevloopError(f"dbt stopped: {in_one_line(str(stopped or 'it gave no reason'))}") from stopped
        return outcome


class Progress:
    """Turns dbt's events into a line every few seconds."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self.tell = tell
        self.told_at = time.monotonic()

    def see(self, event: "EventMsg") -> None:
        if event.info.name != "LogStartLine":
            return
        now = time.monotonic()
        if now - self.told_at >= SECONDS_BETWEEN_PROGRESS:
            self.told_at = now
            self.tell(f"transform: {event.data.index} of {event.data.total}, {event.data.description}")


@contextmanager
def interruptible() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM be the interrupt that dbt knows, and stops its queries for, whoever handles them else."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, signal.default_int_handler) for number in INTERRUPTS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def in_one_line(text: str) -> str:
    """A message of many lines as one, cut where it gets too long for a terminal."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_MESSAGE else line[: LONGEST_MESSAGE - 1] + "…"


def _node(result: "RunResult") -> Node:
    return Node(
        unique_id=result.node.unique_id,
        resource_type=str(result.node.resource_type),
        status=str(result.status),
        seconds=result.execution_time,
        failures=result.failures or 0,
    )


def _causes(results: "Sequence[RunResult]", catalogs: Catalogs) -> Iterator[str]:
    """Every seed, model and test that failed, in the order in which they ran; what dbt skipped for it is no cause."""
    for result in results:
        if str(result.status) in FAILED:
            yield from _causes_of(result, catalogs)


def _causes_of(result: "RunResult", catalogs: Catalogs) -> list[str]:
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
    with open_database(catalogs.build / "build.duckdb", read_only=True) as connection:
        for path, name in ((catalogs.store, "store"), (catalogs.build / "warehouse.duckdb", "warehouse")):
            attach = f"attach {literal(str(path))} as {name} (read_only)"
            opened(path, partial(connection.execute, attach))
        found = connection.sql(query)
        if "message" not in found.columns:
            return []
        return [str(message) for (message,) in found.project("message").fetchall()]
