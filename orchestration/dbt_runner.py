"""Run dbt inside this process: parse what changed, build with a night's vars.

Which models exist and what they mean is dbt's affair; this module knows only nodes and their results.
"""

import json
import signal
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.errors import RevloopError
from orchestration import kept_parse, lineage, modes
from orchestration.catalogs import Catalogs
from orchestration.dbt_results import Build, causes_of, in_one_line, left_alone, node_of
from orchestration.kept_parse import Parsed
from orchestration.parts import PARTS, Part
from orchestration.process_vars import var_faults
from orchestration.seed_files import seed_faults
from orchestration.settings import called_as, environment_set

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest
    from dbt_common.events.base_types import EventMsg

SECONDS_BETWEEN_PROGRESS = 5.0
INTERRUPTS = (signal.SIGINT, signal.SIGTERM)
QUIET = ("--log-level", "none", "--log-level-file", "none", "--no-print", "--no-version-check", "--no-write-json")


class DbtProject:
    """One dbt project, parsed at most once in a process and built in parts; dbt's own files go to `target`."""

    def __init__(self, folder: Path, target: Path, catalogs: Catalogs, parts: Sequence[Part] = PARTS) -> None:
        self.folder = folder
        self.parts = parts
        self.target = target
        self.catalogs = catalogs
        self._parsed: Parsed | None = None

    def parse(self, target: Path | None = None) -> Parsed:
        """Read the project. With a target of its own, dbt's files go there, and nothing is kept.

        Parsed without a night's vars, so that it holds from night to night, as long as no file but a seed changes.
        RevloopError where a seed or a var is none that could be read.
        """
        self._require_faultless()
        kept = self.target / kept_parse.FILE
        identity = kept_parse.identity(self.folder)
        parsed = kept_parse.read(kept, identity)
        if parsed is None:
            parsed = self._parse_anew(target or self.target)
            if target is None:
                kept_parse.write(kept, identity, parsed)
        self._parsed = parsed
        return parsed

    def take(self, parsed: Parsed) -> None:
        """Let what is known to be this project, parsed, stand for a parse of its own. RevloopError as of a parse."""
        self._require_faultless()
        self._parsed = parsed

    def _require_faultless(self) -> None:
        if faults := [*seed_faults(self.folder), *var_faults(self.folder)]:
            raise RevloopError(*faults)

    def _parse_anew(self, target: Path) -> Parsed:
        # Whole: dbt may leave a model as it was where macros changed that call each other.
        return Parsed.of(self._invoke(["parse", "--no-partial-parse"], self.catalogs, target).result)

    @property
    def parsed(self) -> Parsed:
        """The parsed project."""
        return self._parsed or self.parse()

    @property
    def manifest(self) -> "Manifest":
        """The parsed project as dbt holds it."""
        return self.parsed.manifest

    @property
    def manifest_content(self) -> Mapping[str, Any]:
        """The parsed project as manifest.json spells it."""
        return self.parsed.content

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
        return Build([node_of(result) for result in results], tuple(causes_of(results, catalogs)))

    def build_changed_seeds(self, seeds: Collection[str], build: Callable[[Sequence[str]], Build]) -> Build:
        """These seeds with their tests, by `build` of a selection; the others are as they were."""
        names = lineage.seeds_and_their_tests(self.manifest_content, seeds)
        built = build(("--select", *names, "--indirect-selection", "empty")) if names else Build(())
        done = {node.unique_id for node in built.nodes}
        others = [seed for seed in lineage.seed_ids(self.manifest_content) if seed not in done]
        return Build([*built.nodes, *map(left_alone, others)], built.causes)

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
