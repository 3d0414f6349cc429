"""What a process costs: CPU seconds of it and of all its children, and the memory of the greatest of them."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from tests.benchmark.company import AS_OF, BEGAN_AT, PROJECT, ROOT, Company

# How a refresh says that it goes on from the last one.
CONTINUED = "is continued"


@dataclass(frozen=True)
class Cost:
    """CPU seconds (user and system), peak resident megabytes, and what the process wrote on its two outputs."""

    seconds: float
    megabytes: float
    said: str
    told: str


@dataclass(frozen=True)
class NodeCost:
    """What one dbt node cost: CPU seconds in all, and of these in SQL."""

    name: str
    resource_type: str
    seconds: float
    sql_seconds: float


@dataclass(frozen=True)
class RefreshCost:
    """What a refresh cost, with its dbt nodes, and its steps outside dbt, apart."""

    process: Cost
    nodes: Sequence[NodeCost]
    steps: Mapping[str, float]

    def sql_seconds(self, *, of: frozenset[str] | None = None) -> float:
        """CPU seconds in the models' SQL; `of` names the models that count."""
        return sum(
            node.sql_seconds for node in self.nodes if node.resource_type == "model" and (of is None or node.name in of)
        )

    @property
    def seconds_outside_sql(self) -> float:
        """CPU seconds of starting, parsing, dbt and Dagster: all but SQL, loading, publishing and the dashboard."""
        return self.process.seconds - sum(node.sql_seconds for node in self.nodes) - sum(self.steps.values())

    @property
    def seconds_of_tests(self) -> float:
        return sum(node.seconds for node in self.nodes if node.resource_type == "test")


def run(module: str, *words: str | Path, memory_limit: str = "2GB") -> Cost:
    """Run a module to its end as a process of its own. RuntimeError, with what it said last, if it fails.

    A small process starts it: Linux tells no child's peak memory lower than that of the process it was started from.
    """
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as starter:
        return starter.submit(_run, module, words, memory_limit).result()


def _run(module: str, words: Sequence[str | Path], memory_limit: str) -> Cost:
    others = {name: value for name, value in os.environ.items() if not name.startswith("REVLOOP_")}
    environment = {**others, "PYTHONPATH": str(ROOT), "REVLOOP_MEMORY_LIMIT": memory_limit}
    command = [sys.executable, "-m", module, *map(str, words)]
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as error:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=error)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        error.seek(0)
        said, told = out.read(), error.read()
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} failed: {told[-2000:]}")
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, said, told)


def refresh(company: Company, *, full: bool = False, is_night: bool = False, memory_limit: str = "2GB") -> RefreshCost:
    """One `revloop refresh` of the company; `is_night` is the day after its last."""
    as_of = AS_OF if is_night else BEGAN_AT
    with tempfile.TemporaryDirectory() as folder:
        costs = Path(folder) / "costs.json"
        words = ["refresh", "--landing", company.landing, "--data", company.data, "--as-of", as_of.isoformat()]
        words += ["--full"] if full else []
        process = run("tests.benchmark.metered", costs, *words, memory_limit=memory_limit)
        found: dict[str, Any] = json.loads(costs.read_text())
    if is_night and CONTINUED not in process.told:
        raise RuntimeError(f"the night did not continue the last build: {process.told}")
    return RefreshCost(process, [NodeCost(**node) for node in found["nodes"]], found["steps"])


def limit(company: Company, out: Path, *, memory_limit: str = "2GB") -> Cost:
    """The marts by the hand-written script, from the company's store into `out`."""
    out.unlink(missing_ok=True)
    words = [company.store, PROJECT, out, BEGAN_AT.isoformat(), memory_limit]
    return run("tests.benchmark.limit", *words, memory_limit=memory_limit)
