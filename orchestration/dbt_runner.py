"""Run dbt inside this process: parse once, build with a night's vars, say in one line why a build failed.

Which models exist and what they mean is dbt's affair; this module knows only nodes and their results.
"""

import json
import re
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.errors import RevloopError
from orchestration import lineage
from orchestration.database import open_database
from orchestration.process_vars import require_sensible_vars
from orchestration.seed_files import require_readable_seeds
from orchestration.settings import environment_set

if TYPE_CHECKING:
    from dbt.artifacts.schemas.run import RunResult
    from dbt.cli.main import dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest
    from dbt_common.events.base_types import EventMsg

SECONDS_BETWEEN_PROGRESS = 5.0
LONGEST_MESSAGE = 400
MACRO_STACK = ("> in macro", "> called by", "compiled code at", "compiled Code at")
HEADING = re.compile(r"(Compilation|Runtime|Database) Error in \w+ \S+ \(.*\)")
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


# A test goes with the part that holds all it looks at.
SEEDS = ("--select", "resource_type:seed", "--indirect-selection", "cautious")
MODELS = ("--exclude", "resource_type:seed", "--indirect-selection", "cautious")


@dataclass(frozen=True)
class Build:
    """A dbt build or a part of one; `failure` is the one line that says why it failed, None if it passed."""

    nodes: Sequence[Node]
    failure: str | None

    @property
    def checks_count(self) -> int:
        """Data tests that ran and passed."""
        return sum(node.resource_type == "test" and node.has_passed for node in self.nodes)

    def require_passed(self) -> "Build":
        """This build, or RevloopError with the line that says why nothing built on it may be published."""
        if self.failure is not None:
            raise RevloopError(f"{self.failure} (nothing was published)")
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
    """One dbt project, parsed at most once in a process; dbt's own files go to `target`."""

    def __init__(self, folder: Path, target: Path, catalogs: Catalogs) -> None:
        self.folder = folder
        self.target = target
        self.catalogs = catalogs
        self._manifest: Manifest | None = None

    def parse(self, target: Path) -> "Manifest":
        """Read the project, with dbt's own files in `target`.

        Parsed without a night's vars, so that dbt's partial parsing holds from night to night.
        """
        require_readable_seeds(self.folder)
        require_sensible_vars(self.folder)
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
        part: Sequence[str],
        *,
        catalogs: Catalogs | None = None,
        full_refresh: bool = False,
        progress: Callable[[str], None],
    ) -> Build:
        """A part of the project, SEEDS or MODELS, with its data tests, in order.

        Unit tests are for development and never run here.
        """
        arguments = [
            "build",
            "--vars",
            json.dumps(dict(variables)),
            "--exclude-resource-type",
            "unit_test",
            *part,
        ]
        arguments += ["--full-refresh"] if full_refresh else []
        catalogs = catalogs or self.catalogs
        outcome = self._invoke(arguments, catalogs, self.target, self.manifest, Progress(progress).see)
        results = outcome.result.results
        return Build([_node(result) for result in results], _failure(results, catalogs))

    def build_changed_seeds(self, seeds: Collection[str], build: Callable[[Sequence[str]], Build]) -> Build:
        """These seeds with their tests, by `build` of a selection; the others are as they were."""
        nodes: list[Node] = []
        failure = None
        if seeds:
            names = lineage.seeds_and_their_tests(self.manifest_content, seeds)
            built = build(("--select", *names, "--indirect-selection", "empty"))
            nodes, failure = list(built.nodes), built.failure
        done = {node.unique_id for node in nodes}
        others = [seed for seed in lineage.seed_ids(self.manifest_content) if seed not in done]
        return Build([*nodes, *(Node(seed, "seed", "no-op", 0, 0) for seed in others)], failure)

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
        with environment_set(catalogs.environment()):
            try:
                runner = dbtRunner(manifest=manifest, callbacks=[callback] if callback else [])
                outcome = runner.invoke([*arguments, *map(str, places), "--log-path", str(target), *QUIET])
            finally:
                DuckDBConnectionManager.close_all_connections()
        if outcome.result is None or outcome.exception is not None:
            raise RevloopError(f"dbt stopped: {in_one_line(str(outcome.exception))}") from outcome.exception
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


def _failure(results: "Sequence[RunResult]", catalogs: Catalogs) -> str | None:
    broken = [result for result in results if str(result.status) in ("error", "fail", "runtime error")]
    if not broken:
        return None
    # What went wrong first is the cause; what follows it in the graph was skipped by dbt.
    first = broken[0]
    others = f" ({len(broken) - 1} more failed)" if len(broken) > 1 else ""
    return in_one_line(_cause(first, catalogs)) + others


def _cause(result: "RunResult", catalogs: Catalogs) -> str:
    node = result.node
    if str(result.status) != "fail":
        return f"{node.original_file_path}: {_without_dbts_frame(result.message or '')}"
    sentences = _messages(node.compiled_code, catalogs)
    if sentences:
        return "; ".join(sentences)
    return (
        f"data test {node.name} found {result.failures} rows that break it: "
        f"run `dbt test --select {node.name}` to see them"
    )


def _without_dbts_frame(message: str) -> str:
    """What the database or the compiler said, without dbt's heading and its stack of macros."""
    lines = [line.strip() for line in message.splitlines()]
    kept = [line for line in lines if not line.startswith(MACRO_STACK) and not HEADING.fullmatch(line)]
    return " ".join(kept)


def _messages(query: str, catalogs: Catalogs) -> list[str]:
    """What a failed test says in its column `message`, nothing if it has none."""
    with open_database(catalogs.build / "build.duckdb", read_only=True) as connection:
        connection.execute(f"attach {_quoted(catalogs.store)} as store (read_only)")
        connection.execute(f"attach {_quoted(catalogs.build / 'warehouse.duckdb')} as warehouse (read_only)")
        found = connection.sql(query)
        if "message" not in found.columns:
            return []
        return [str(message) for (message,) in found.project("message").limit(3).fetchall()]


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
