"""Who may read whom among the models, and what each brings along: its twin, its description, its contract."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from tests.dbt_runs import DBT_PROJECT

Models = dict[str, Mapping[str, Any]]

MAY_READ = {
    "staging": {"source raw", "staging"},
    "intermediate": {"staging", "intermediate", "seeds", "source state"},
    "marts": {"staging", "intermediate", "marts", "seeds", "source ops"},
    "outputs": {"marts"},
}

# Who waits for a second pass is decided by the stage that the marts give a lead.
READS_MARTS = {"int_leads_summarised"}


def layer(node: Mapping[str, Any]) -> str:
    if node["resource_type"] == "source":
        return f"source {node['source_name']}"
    return "seeds" if node["resource_type"] == "seed" else node["fqn"][1]


def edges(manifest: Mapping[str, Any], models: Models) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Every model with every node it reads."""
    known = {**manifest["nodes"], **manifest["sources"]}
    for model in models.values():
        for parent in model["depends_on"]["nodes"]:
            yield model, known[parent]


def test_a_model_reads_only_the_layers_before_its_own(manifest: Mapping[str, Any], models: Models) -> None:
    wrong = [
        f"{model['name']} ({layer(model)}) reads {parent['name']} ({layer(parent)})"
        for model, parent in edges(manifest, models)
        if layer(parent) not in MAY_READ[layer(model)]
        and not (model["name"] in READS_MARTS and layer(parent) == "marts")
    ]
    assert not wrong


def test_every_exception_is_still_needed(manifest: Mapping[str, Any], models: Models) -> None:
    needed = {
        model["name"]
        for model, parent in edges(manifest, models)
        if layer(model) == "intermediate" and layer(parent) == "marts"
    }
    assert needed == READS_MARTS


def test_the_layer_is_in_the_name(models: Models) -> None:
    prefixes = {
        "staging": "stg_",
        "intermediate": "int_",
        "outputs": "sync_",
        "marts": ("dim_", "fct_", "kpi_"),
    }
    assert not [name for name, model in models.items() if not name.startswith(prefixes[layer(model)])]


def test_every_model_is_a_pair_of_sql_and_yml() -> None:
    folder = DBT_PROJECT / "models"
    written = {path.with_suffix("") for path in folder.rglob("*.sql")}
    described = {path.with_suffix("") for path in folder.rglob("*.yml") if not path.name.startswith("_")}
    assert written == described


def test_a_twin_describes_its_own_model_alone() -> None:
    for twin in (DBT_PROJECT / "models").rglob("[!_]*.yml"):
        content = yaml.safe_load(twin.read_text(encoding="utf-8"))
        assert [model["name"] for model in content["models"]] == [twin.stem]
        assert {test["model"] for test in content.get("unit_tests", [])} <= {twin.stem}


def test_descriptions_begin_with_the_grain(manifest: Mapping[str, Any]) -> None:
    described = [node for node in manifest["nodes"].values() if node["resource_type"] in ("model", "seed")]
    assert not [node["name"] for node in described if not node["description"].startswith("One row per ")]


def test_marts_and_outputs_are_contracts_with_every_column_typed_and_described(models: Models) -> None:
    published = [model for model in models.values() if layer(model) in ("marts", "outputs")]
    assert not [model["name"] for model in published if not model["contract"]["enforced"]]
    wrong = [
        f"{model['name']}.{column['name']}"
        for model in published
        for column in model["columns"].values()
        if not (column["description"] and column["data_type"])
    ]
    assert not wrong
    assert not [model["name"] for model in published if not model["columns"]]


def test_every_output_has_an_exposure_and_no_exposure_reads_anything_else(
    manifest: Mapping[str, Any], models: Models
) -> None:
    exposures = manifest["exposures"].values()
    exposed = [parent for exposure in exposures for parent in exposure["depends_on"]["nodes"]]
    assert sorted(exposed) == sorted(model["unique_id"] for model in models.values() if layer(model) == "outputs")
