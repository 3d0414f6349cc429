"""A quiet refresh leaves as it is what is proven to be: each rule on a small project, and the shipped one compiled."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from orchestration import steps
from orchestration.catalogs import Catalogs
from orchestration.data_folder import DataFolder
from orchestration.dbt_results import left_alone
from orchestration.dbt_runner import DbtProject
from orchestration.lineage import TOUCHED
from orchestration.parts import SEEDS
from orchestration.quiet import QuietProject
from orchestration.refresh import begin, dbt_project
from orchestration.request import Request
from orchestration.settings import Settings
from tests.conftest import Workplace

MACROS = {
    "as_of": "{{ var('as_of') }}",
    "as_of_date": "{{ local_date(as_of()) }}",
    "local_date": "{{ return(adapter.dispatch('local_date')(instant)) }}",
    "duckdb__local_date": "cast({{ instant }} at time zone '{{ var(\"reporting_timezone\") }}' as date)",
    "midnight": "{{ return(adapter.dispatch('midnight')()) }}",
    "duckdb__midnight": "{{ as_of() }}",
    "refresh_fact": "{{ var(name) }}",
    "is_increment": "{{ var('increment', false) }}",
    "touched": "{% if is_increment() %} {{ name }} {% endif %}",
    "is_new": "{% if is_increment() %} > {{ var('changed_since') }} {% endif %}",
    "test_grain": "{# the grain, now #} select * from {{ model }} where {{ touched('x') }}",
}


def model(sql: str, *reads: str, materialized: str = "table", schema: str = "intermediate", **meta: bool) -> Any:
    parents = [name if "." in name else f"model.revloop.{name}" for name in reads]
    return {
        "resource_type": "model",
        "package_name": "revloop",
        "schema": schema,
        "raw_code": sql,
        "config": {"materialized": materialized, "meta": meta},
        "depends_on": {"nodes": parents},
    }


def configured(node: Any, name: str, value: Any) -> Any:
    return {**node, "config": {**node["config"], name: value}}


def check(*reads: str, sql: str = "{{ test_grain(**kwargs) }}") -> Any:
    return {**model(sql, *reads), "resource_type": "test"}


def project_of(**nodes: Any) -> QuietProject:
    """A project of these nodes, of the model of touched leads, a seed, and sources that are loaded and that are not."""
    named = {f"{node['resource_type']}.revloop.{name}": {**node, "name": name} for name, node in nodes.items()}
    touched = model("{{ touched() }}", "stg_leads", materialized="table")
    stg_leads = model("select 1", "source.revloop.raw.leads", materialized="view")
    named |= {
        TOUCHED: {**touched, "name": "int_leads_touched"},
        "model.revloop.stg_leads": {**stg_leads, "name": "stg_leads"},
        "seed.revloop.stages": {"resource_type": "seed", "name": "stages"},
    }
    children: dict[str, list[str]] = {name: [] for name in named}
    for name, node in named.items():
        for parent in node.get("depends_on", {"nodes": []})["nodes"]:
            children.setdefault(parent, []).append(name)
    return QuietProject(
        {
            "nodes": named,
            "sources": {f"source.revloop.{name}.leads": {"source_name": name} for name in ("raw", "state", "ops")},
            "macros": {
                name: {"name": name, "macro_sql": sql, "package_name": "revloop"} for name, sql in MACROS.items()
            },
            "child_map": children,
        }
    )


def left(project: QuietProject, *, is_any_touched: bool = False) -> set[str]:
    nodes = project.left_as_it_is(is_any_touched=is_any_touched)
    return set(project.names_of(nodes)) - {"stg_leads"}


@pytest.mark.parametrize(
    ("node", "is_left"),
    [
        (model("select 1", "seed.revloop.stages"), True),
        (model("select 1", "source.revloop.raw.leads"), True),
        (model("select 1", "source.revloop.state.leads"), False),
        (model("select 1", "source.revloop.ops.leads"), False),
        (model("select 1", "stg_leads"), True),
        (model("select 1", "int_leads_touched"), False),
        (model("{{ local_date('x') }}", "stg_leads"), True),
        (model("{{ as_of() }}", "stg_leads"), False),
        (model("{{ as_of_date() }}", "stg_leads"), False),
        (model("{{ midnight() }}", "stg_leads"), False),
        (model("{% if false %} {{ as_of() }} {% endif %}", "stg_leads"), False),
        (model("{{ refresh_fact('process_hash') }}", "stg_leads"), False),
        (model("{{ var('refresh_id') }}", "stg_leads"), False),
        (model("{{ var('health_watch_from') }}", "stg_leads"), True),
        (model("{{ var('of_no_rule') }}", "stg_leads"), False),
        (model("select now()", "stg_leads"), False),
        (model("select random()", "stg_leads"), False),
        (model("{{ env_var('X') }}", "stg_leads"), False),
        (model("{# as_of() #} select 1", "stg_leads"), True),
        (model("{{ is_new('x') }}", "stg_leads", materialized="incremental"), True),
        (model("{{ is_new('x') }} {{ as_of() }}", "stg_leads", materialized="incremental"), False),
        (model("{{ is_new('x') }}", "stg_leads"), False),
        (model("{{ is_new('x') }}", "stg_leads", materialized="view"), False),
        (model("select 1", "snapshot.revloop.x"), False),
        (configured(model("select 1", "stg_leads"), "post-hook", [{"sql": "analyze {{ this }}"}]), True),
        (configured(model("select 1", "stg_leads"), "post-hook", [{"sql": "delete where x > {{ as_of() }}"}]), False),
        (configured(check("stg_leads"), "where", "x > {{ as_of() }}"), False),
        (check("stg_leads"), True),
        (check("stg_leads", "int_leads_touched"), True),
        (check("stg_leads", sql="{{ as_of() }}"), False),
    ],
)
def test_what_reads_nothing_that_moved_is_left(node: Any, is_left: bool) -> None:
    assert left(project_of(it=node)) == ({"it"} if is_left else set())
    # Which leads are touched is nothing to it.
    assert left(project_of(it=node), is_any_touched=True) == ({"it"} if is_left else set())


def test_what_reads_something_that_is_made_is_made() -> None:
    project = project_of(
        clocked=model("{{ as_of() }}", "stg_leads"),
        below=model("select 1", "clocked", "stg_leads"),
        of_it=check("below"),
        beside=model("select 1", "stg_leads"),
    )
    assert left(project) == {"beside"}


def test_what_is_kept_per_lead_is_left_while_no_lead_is_touched() -> None:
    project = project_of(
        clocked=model("{{ as_of() }}", "stg_leads"),
        per_lead=model("{{ as_of() }}", "clocked", "int_leads_touched", materialized="incremental", per_lead=True),
        sums=model("select 1", "per_lead"),
        of_both=check("sums", "per_lead"),
    )
    assert left(project) == {"per_lead", "sums", "of_both"}
    assert left(project, is_any_touched=True) == set()


FOR_ONE = "{{ touched('stg_leads') }}"


@pytest.mark.parametrize(
    ("for_one", "others", "is_left"),
    [
        (model(FOR_ONE, "stg_leads"), {}, True),
        (model(FOR_ONE, "stg_leads", materialized="touched_rows", per_lead=True), {}, True),
        (model(FOR_ONE, "stg_leads", materialized="view", per_lead=True), {}, True),
        (model(FOR_ONE, "stg_leads"), {"reader": model("select 1", "for_one")}, False),
        (model(FOR_ONE, "stg_leads"), {"reader": check("for_one")}, False),
        (model(FOR_ONE + " {{ this }}", "stg_leads"), {}, False),
        (model(FOR_ONE, "stg_leads", schema="marts"), {}, False),
    ],
)
def test_what_holds_no_more_than_the_touched_is_left_when_nobody_reads_it(
    for_one: Any, others: Mapping[str, Any], is_left: bool
) -> None:
    kept = model("select 1", "for_one", materialized="incremental", per_lead=True)
    project = project_of(for_one=for_one, kept=kept, **others)
    assert left(project) == {"kept"} | ({"for_one"} if is_left else set())
    assert left(project, is_any_touched=True) == set()


def test_what_holds_no_more_than_the_touched_is_made_when_nobody_says_who_reads_it() -> None:
    assert left(project_of(alone=model(FOR_ONE, "stg_leads"))) == set()


def test_first_is_made_what_tells_which_leads_are_touched() -> None:
    project = project_of(
        digests=model("{{ as_of() }}", "stg_leads"),
        stages=model("select 1", "seed.revloop.stages"),
        unasked=model("{{ as_of() }}", "stg_leads"),
    )
    project.content["nodes"][TOUCHED]["depends_on"]["nodes"] += ["model.revloop.digests", "model.revloop.stages"]
    assert project.names_of(project.to_learn_what_is_touched()) == ["digests", "int_leads_touched"]


def test_results_are_told_in_the_order_in_which_models_read_each_other() -> None:
    project = project_of(below=model("select 1", "above"), above=model("select 1", "stg_leads"), of_it=check("above"))
    results = [left_alone(name) for name in sorted(project.nodes, reverse=True)]
    told = [result.unique_id.split(".")[-1] for result in project.in_order(results)]
    assert told.index("stg_leads") < told.index("above") < told.index("below")
    assert told[-1] == "of_it"


NIGHTS = [
    {
        "as_of": f"2026-0{number}-01T00:00:00+00:00",
        "is_as_of_asked": number == 3,
        "refresh_id": f"r{number}",
        "started_at": f"2026-0{number}-02T00:00:00+00:00",
        "previous_as_of": f"2026-0{number - 1}-01T00:00:00+00:00",
        "process_hash": "none",
        "code_version": "none",
        "increment": True,
        "changed_since": "2026-01-01T00:00:00+00:00",
        "rebuilt": [],
    }
    for number in (3, 4)
]


def test_what_is_left_compiles_to_the_same_text_whatever_moves(refreshed: Workplace) -> None:
    data = DataFolder(refreshed.data)
    shipped = DbtProject(refreshed.project, data.dbt, Catalogs(data.root, data.store, data.night, memory_limit="1GB"))
    project = QuietProject(shipped.manifest_content)
    unchanged = project.unchanged(is_any_touched=True)
    assert {"stg_crm__leads", "int_stages_numbered", "dim_stages"} <= set(project.names_of(unchanged))
    texts = [compiled(shipped, night) for night in NIGHTS]
    assert texts[0].keys() == texts[1].keys() >= unchanged
    differing = {name for name in texts[0] if texts[0][name] != texts[1][name]}
    assert "model.revloop.fct_refreshes" in differing
    assert unchanged & differing == set()


def compiled(project: DbtProject, night: Mapping[str, Any]) -> dict[str, str]:
    """The SQL of each model and test that night."""
    words = ["compile", "--vars", json.dumps(night), "--select", "resource_type:model", "resource_type:test"]
    results = project._invoke(words, project.catalogs, project.target, project.manifest).result.results
    return {result.node.unique_id: result.node.compiled_code for result in results}


def test_rows_of_a_refresh_that_died_are_news(refreshed: Workplace) -> None:
    settings = Settings(refreshed.project, refreshed.landing, refreshed.data, "1GB", None, "pytest")
    quiet: list[bool] = []

    def look(land: str | None = None, *, dies: bool = False) -> None:
        if land:
            refreshed.land(f"leads/{land}.csv", f"lead_id,created_at,updated_at\n{land},2026-01-01,2026-01-01\n")
        with begin(settings, Request(), dbt_project(settings), lambda line: None) as refresh:
            steps.build(refresh, SEEDS)
            steps.ingest(refresh, settings.landing)
            quiet.append(refresh.is_quiet)
            if not dies:
                steps.transform(refresh)

    look()
    look("of_one_that_dies", dies=True)
    look()
    look()
    assert quiet == [True, False, False, True]
