"""What was measured on one company, and the figures that follow from it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median

from tests.benchmark.equality import Comparison
from tests.benchmark.graph import Graph
from tests.benchmark.measure import Cost, RefreshCost

UNIFORM, RECENT = "uniform", "recent"


@dataclass(frozen=True)
class Figure:
    """One figure of the issue's table, and what it should be at most."""

    name: str
    value: float
    target: float | None = None
    unit: str = ""


@dataclass
class Results:
    """All runs on one company, in the order they were made."""

    leads: int
    activities: int
    touched_leads: int
    load: RefreshCost | None
    limits: list[Cost] = field(default_factory=list)
    limit_steps: list[dict[str, float]] = field(default_factory=list)
    fulls: list[RefreshCost] = field(default_factory=list)
    nights: dict[str, list[RefreshCost]] = field(default_factory=lambda: {UNIFORM: [], RECENT: []})
    comparison: Comparison | None = None
    graph: Graph | None = None

    def sql(self, refreshes: Iterable[RefreshCost], models: frozenset[str] | None = None) -> float:
        """The median CPU seconds in the SQL of these models, of all if none are named."""
        return median(one.sql_seconds(of=models) for one in refreshes)

    def figures(self) -> Iterator[Figure]:
        """The issue's table, as far as one company tells it."""
        assert self.graph and self.comparison
        limit = seconds(self.limits)
        full = seconds(one.process for one in self.fulls)
        full_sql = self.sql(self.fulls)
        compared = self.graph.needed_for(self.comparison.made)
        beyond = self.graph.models - compared
        others = self.graph.models - self.graph.scores_of_all_leads()
        yield Figure("full refresh, SQL of the same marts / limit", self.sql(self.fulls, compared) / limit, 1.15)
        yield Figure("full refresh, SQL of all other marts / SQL", self.sql(self.fulls, beyond) / full_sql)
        for kind, nights in self.nights.items():
            night = seconds(one.process for one in nights)
            budget = median(12 + 0.05 * len(one.nodes) for one in nights)
            targets = (0.05, 0.08, 0.12 if self.leads >= 4_000_000 else 0.30) if kind == UNIFORM else (None, None, None)
            yield Figure(
                f"night ({kind}), SQL without scores / full SQL", self.sql(nights, others) / full_sql, targets[0]
            )
            yield Figure(f"night ({kind}), SQL / full SQL", self.sql(nights) / full_sql, targets[1])
            yield Figure(f"night ({kind}), SQL of all other marts / SQL", self.sql(nights, beyond) / self.sql(nights))
            yield Figure(f"night ({kind}), whole process / full", night / full, targets[2])
            yield Figure(
                f"night ({kind}), whole process without tests / full",
                median(one.process.seconds - one.seconds_of_tests for one in nights) / full,
            )
            yield Figure(
                f"night ({kind}), CPU outside SQL", median(one.seconds_outside_sql for one in nights), budget, " s"
            )
        yield Figure("peak memory, limit", megabytes(self.limits) / 1000, 2.5, " GB")
        yield Figure("peak memory, full", megabytes(one.process for one in self.fulls) / 1000, 2.5, " GB")
        for kind, nights in self.nights.items():
            yield Figure(f"peak memory, night ({kind})", megabytes(one.process for one in nights) / 1000, 0.8, " GB")

    def profile(self) -> Iterator[tuple[str, Sequence[tuple[str, float]]]]:
        """What costs most, dearest first: the limit's steps, and the nodes of a full refresh and of the nights."""
        steps = {step: median(one[step] for one in self.limit_steps) for step in self.limit_steps[0]}
        yield "limit, CPU seconds by step", _dearest(steps)
        for name, runs in {
            "full": self.fulls,
            **{f"night ({kind})": runs for kind, runs in self.nights.items()},
        }.items():
            nodes: dict[str, list[float]] = {}
            for run in runs:
                for node in run.nodes:
                    nodes.setdefault(f"{node.name} ({node.resource_type})", []).append(node.seconds)
            yield f"{name}, CPU seconds by dbt node", _dearest({node: median(costs) for node, costs in nodes.items()})


def seconds(costs: Iterable[Cost]) -> float:
    """The median CPU seconds."""
    return median(cost.seconds for cost in costs)


def megabytes(costs: Iterable[Cost]) -> float:
    """The greatest peak memory."""
    return max(cost.megabytes for cost in costs)


def growth(small: Results, large: Results) -> Iterator[Figure]:
    """How a night of the same changes grows with the history."""
    history = f"with {large.leads // small.leads}x history"
    for kind, target in ((UNIFORM, 2.0), (RECENT, 1.5)):
        before, after = small.nights[kind], large.nights[kind]
        yield Figure(f"night ({kind}), SQL {history}", small.sql(after) / small.sql(before), target)
        yield Figure(
            f"night ({kind}), whole process {history}",
            seconds(one.process for one in after) / seconds(one.process for one in before),
        )


def _dearest(costs: dict[str, float], top: int = 15) -> list[tuple[str, float]]:
    return sorted(costs.items(), key=lambda cost: -cost[1])[:top]
