"""The command: measure, print the table, write the JSON."""

import argparse
import json
import os
import platform
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

import duckdb

from orchestration.refresh import dbt_project
from orchestration.settings import Settings
from tests.benchmark import frames, measure
from tests.benchmark.company import BEGAN_AT, PROJECT, Company
from tests.benchmark.equality import compare
from tests.benchmark.graph import Graph
from tests.benchmark.results import RECENT, Figure, Results, growth, megabytes, seconds


def tell(line: str = "") -> None:
    """One line on standard output, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def measure_company(company: Company, touched_leads: int, runs: int, memory_limit: str) -> Results:
    """Limit, full refresh and nights in alternation."""
    company.simulate()
    load = None if company.store.exists() else measure.refresh(company, memory_limit=memory_limit)
    with duckdb.connect(str(company.store), read_only=True) as connection:
        activities = connection.execute("select count(*) from raw.activities").fetchall()[0][0]
    results = Results(company.leads, activities, touched_leads, load)
    made_by_hand = company.folder / "limit.duckdb"
    for number in range(1, runs + 1):
        tell(f"{company.leads} leads, run {number} of {runs}")
        limit = measure.limit(company, made_by_hand, memory_limit=memory_limit)
        results.limits.append(limit)
        results.limit_steps.append(json.loads(limit.said))
        results.fulls.append(measure.refresh(company, full=True, memory_limit=memory_limit))
        for kind, nights in results.nights.items():
            with company.night(touched_leads, is_recent=kind == RECENT) as night:
                nights.append(measure.refresh(night, is_night=True, memory_limit=memory_limit))
    results.comparison = compare(company.warehouse, made_by_hand)
    settings = Settings(PROJECT, company.landing, company.data, memory_limit, None, "a benchmark")
    results.graph = Graph(dbt_project(settings).manifest_content)
    return results


def measure_chains(company: Company, runs: int) -> dict[str, Any]:
    """The chain in each engine that is installed; why the others are not measured."""
    absent = {engine: reason for engine in frames.ENGINES if (reason := frames.why_absent(engine))}
    inputs = company.folder / "frames"
    frames.write_inputs(company, inputs)
    costs: dict[str, list[measure.Cost]] = {engine: [] for engine in frames.ENGINES if engine not in absent}
    for _ in range(runs):
        for engine, ran in costs.items():
            ran.append(measure.run("tests.benchmark.chains", engine, inputs, BEGAN_AT.date().isoformat()))
    found = {engine: json.loads(ran[-1].said) for engine, ran in costs.items()}
    return {
        "engines": {
            engine: {"seconds": [cost.seconds for cost in ran], "megabytes": megabytes(ran), "found": found[engine]}
            for engine, ran in costs.items()
        },
        "agree": all(one == found[frames.ENGINES[0]] for one in found.values()),
        "absent": absent,
    }


def tell_company(results: Results, *, with_profile: bool) -> None:
    """The table of one company."""
    assert results.comparison
    tell()
    tell(f"{results.leads} leads, {results.activities} activities; a night touches {results.touched_leads} leads")
    if load := results.load:
        tell(f"first load: {load.process.seconds:.1f} CPU s, of these {load.steps['ingest']:.1f} s reading and storing")
    tell(f"limit: {seconds(results.limits):.1f} CPU s; full: {seconds(one.process for one in results.fulls):.1f} CPU s")
    for kind, nights in results.nights.items():
        tell(f"night ({kind}): {seconds(one.process for one in nights):.1f} CPU s, {len(nights[0].nodes)} dbt nodes")
    made = results.comparison
    tell(f"marts equal to the limit's: {len(made.equal)} of {len(made.equal) + len(made.differing)}")
    if made.differing:
        tell(f"these differ: {', '.join(made.differing)}")
    tell()
    tell_figures(list(results.figures()))
    if with_profile:
        for title, costs in results.profile():
            tell()
            tell(title)
            for name, cost in costs:
                tell(f"  {name:<60}{cost:>9.2f}")


def tell_figures(figures: list[Figure]) -> None:
    """Figures with their targets, which hold for 1,000,000 leads."""
    tell(f"{'figure':<58}{'measured':>10}{'target':>10}")
    for figure in figures:
        target = "" if figure.target is None else f"{figure.target:.2f}{figure.unit}"
        tell(f"{figure.name:<58}{f'{figure.value:.3f}{figure.unit}':>10}{target:>10}")


def tell_chains(chains: dict[str, Any]) -> None:
    """The other engines, next to DuckDB."""
    tell()
    tell(f"{'the same chain in':<18}{'CPU s':>8}{'ratio':>8}{'GB':>8}")
    first = seconds_of(chains, frames.ENGINES[0])
    for engine, measured in chains["engines"].items():
        cost = seconds_of(chains, engine)
        tell(f"{engine:<18}{cost:>8.1f}{cost / first:>8.2f}{measured['megabytes'] / 1000:>8.2f}")
    tell("all found the same" if chains["agree"] else f"they differ: {chains['engines']}")
    for reason in chains["absent"].values():
        tell(reason)


def seconds_of(chains: dict[str, Any], engine: str) -> float:
    """The median CPU seconds of one engine."""
    return median(chains["engines"][engine]["seconds"])


def as_json(results: Results) -> dict[str, Any]:
    """Everything that was measured on one company."""
    return {
        "leads": results.leads,
        "activities": results.activities,
        "touched_leads": results.touched_leads,
        "load": asdict(results.load) if results.load else None,
        "limits": [asdict(cost) for cost in results.limits],
        "limit_steps": results.limit_steps,
        "fulls": [asdict(cost) for cost in results.fulls],
        "nights": {kind: [asdict(cost) for cost in nights] for kind, nights in results.nights.items()},
        "comparison": asdict(results.comparison) if results.comparison else None,
        "figures": [asdict(figure) for figure in results.figures()],
    }


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    models = [line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    return {
        "processor": models[0] if models else platform.processor(),
        "cores": os.cpu_count(),
        "memory_gigabytes": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9),
        "system": platform.platform(),
        "python": platform.python_version(),
        "duckdb": duckdb.__version__,
    }


def _lines(path: str) -> list[str]:
    file = Path(path)
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


def run(options: argparse.Namespace, work: Path) -> dict[str, Any]:
    """Measure all that is asked for, and tell it."""
    touched_leads = max(1, options.leads // 100)
    sizes = [options.leads, 4 * options.leads] if options.growth else [options.leads]
    about = machine()
    tell(", ".join(f"{name} {value}" for name, value in about.items()))
    companies = [Company(work / str(size), size) for size in sizes]
    chains = None
    measured = [
        measure_company(company, touched_leads, options.runs if company.leads == options.leads else 1, options.memory)
        for company in companies
    ]
    for results in measured:
        tell_company(results, with_profile=options.profile)
    grown = list(growth(measured[0], measured[1])) if options.growth else []
    if grown:
        tell()
        tell_figures(grown)
    if not options.without_frames:
        chains = measure_chains(companies[0], options.runs)
        tell_chains(chains)
    return {
        "machine": about,
        "memory_limit": options.memory,
        "companies": [as_json(results) for results in measured],
        "growth": [asdict(figure) for figure in grown],
        "chains": chains,
    }


def main(words: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmark", description=__doc__)
    parser.add_argument("--leads", type=int, required=True, help="size of the company")
    parser.add_argument("--runs", type=int, default=3, help="runs of everything, medians are told; one of --growth")
    parser.add_argument("--out", type=Path, help="write everything that was measured to this JSON file")
    parser.add_argument("--work", type=Path, help="keep the company in this folder, or use the one that is there")
    parser.add_argument("--memory", default="2GB", help="memory limit of DuckDB, in the limit too")
    parser.add_argument("--growth", action="store_true", help="the same night with four times the history, too")
    parser.add_argument("--profile", action="store_true", help="tell what each step and dbt node costs")
    parser.add_argument("--without-frames", action="store_true", help="leave polars and pandas out")
    options = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as folder:
        results = run(options, options.work or Path(folder))
    if options.out:
        options.out.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
