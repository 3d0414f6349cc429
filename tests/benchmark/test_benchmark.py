"""The benchmark runs, on a small company: its table, its JSON, and core marts equal to the hand-written ones.

Run by name, and in .ci/run. What other marts cost is told as their share; none needs a hand-written twin.
"""

import json

import numpy
import pytest

from tests.benchmark import __main__ as benchmark
from tests.benchmark import frames, measure

# From the ingested rows to where every lead stands and what every customer pays.
CORE = {
    "dim_leads",
    "fct_mrr_movements",
    "fct_stage_milestones",
    "fct_stage_transitions",
    "kpi_mrr_monthly",
    "kpi_stage_daily",
}


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """What the benchmark writes for a company of a few leads."""
    folder = tmp_path_factory.mktemp("benchmark")
    out = folder / "results.json"
    benchmark.main(["--leads", "300", "--runs", "1", "--work", str(folder), "--out", str(out), "--profile"])
    return json.loads(out.read_text(encoding="utf-8"))


def test_the_hand_written_marts_equal_the_projects(measured: dict) -> None:
    comparison = measured["companies"][0]["comparison"]
    assert not comparison["differing"]
    assert set(comparison["equal"]) == CORE


def test_every_figure_is_measured(measured: dict) -> None:
    figures = measured["companies"][0]["figures"]
    assert {
        "night (uniform), SQL / full SQL",
        "night (uniform), SQL of all other marts / SQL",
        "peak memory, full",
    } <= {figure["name"] for figure in figures}
    assert all(figure["value"] > 0 for figure in figures)


@pytest.mark.parametrize("engine", frames.ENGINES)
def test_the_chain_finds_the_same_in_every_engine(measured: dict, engine: str) -> None:
    if reason := frames.why_absent(engine):
        pytest.skip(reason)
    assert measured["chains"]["agree"]
    assert measured["chains"]["engines"][engine]["found"]["intervals"] > 0


def test_a_process_answers_for_its_own_memory_alone() -> None:
    held = numpy.ones(400_000_000, dtype=numpy.uint8)
    assert measure.run("tests.benchmark.frames").megabytes < held.nbytes / 1e6
