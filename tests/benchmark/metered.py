"""`revloop` with what it costs told apart: CPU seconds of each dbt node, of its SQL, and of the steps outside dbt.

    python -m tests.benchmark.metered COSTS.json refresh ...

One thread runs dbt's nodes one after the other, so the CPU between two of its events belongs to one node.
"""

import json
import resource
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from orchestration import cli, dbt_runner, steps


def cpu_seconds() -> float:
    """User and system CPU seconds of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class Meter:
    """Listens to dbt's events and to the steps of a night."""

    def __init__(self) -> None:
        self.nodes: dict[str, dict[str, Any]] = {}
        self.steps: dict[str, float] = {}
        self._node: dict[str, Any] | None = None
        self._node_began = self._query_began = 0.0

    def listen(self, event: Any) -> None:
        """Note what an event tells."""
        match event.info.name:
            case "LogStartLine":
                node = event.data.node_info
                self._node = {
                    "name": node.node_name,
                    "resource_type": node.resource_type,
                    "seconds": 0.0,
                    "sql_seconds": 0.0,
                }
                self.nodes[node.unique_id] = self._node
                self._node_began = cpu_seconds()
            case "SQLQuery":
                self._query_began = cpu_seconds()
            case "SQLQueryStatus" if self._node:
                self._node["sql_seconds"] += cpu_seconds() - self._query_began
            case "NodeFinished" if self._node:
                self._node["seconds"] = cpu_seconds() - self._node_began
                self._node = None

    def step(self, work: Callable[..., Any]) -> Callable[..., Any]:
        """The same work, with its CPU seconds noted."""

        @wraps(work)
        def metered(*arguments: Any) -> Any:
            before = cpu_seconds()
            result = work(*arguments)
            self.steps[work.__name__] = cpu_seconds() - before
            return result

        return metered


def main() -> None:
    meter = Meter()
    see = dbt_runner.Progress.see

    def see_and_listen(progress: dbt_runner.Progress, event: Any) -> None:
        meter.listen(event)
        see(progress, event)

    dbt_runner.Progress.see = see_and_listen
    steps.ingest = meter.step(steps.ingest)
    steps.publish = meter.step(steps.publish)
    steps.make_site = meter.step(steps.make_site)
    code = cli.run(sys.argv[2:])
    Path(sys.argv[1]).write_text(json.dumps({"nodes": list(meter.nodes.values()), "steps": meter.steps}))
    sys.exit(code)


if __name__ == "__main__":
    main()
