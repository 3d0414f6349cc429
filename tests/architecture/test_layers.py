"""Who may read whom among the models, and what each brings along: its twin, its description, its contract."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from orchestration.lineage import TOUCHED
from tests.architecture.remedies import told
from tests.dbt_runs import DBT_PROJECT

Models = dict[str, Mapping[str, Any]]

# Entities are dim_ and fct_, sums are kpi_; int_ models are steps to the one or the other.
MAY_READ = {
    "staging": {"source raw", "staging"},
    "intermediate": {
        *("staging", "intermediate", "seeds", "marts"),
        *("source state", "source last_night", "source last_night_steps", "source scoring"),
    },
    "marts": {"staging", "intermediate", "marts", "seeds", "source ops", "source scoring"},
    "outputs": {"marts"},
}

ROOMS = {
    "intermediate": {"leads", "activities", "process", "opportunities", "revenue", "people", "scoring", "refresh"},
    "marts": {"leads", "process", "opportunities", "revenue", "people", "scoring", "refresh"},
}


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
        # Which leads a night makes anew is no value: any layer may ask it for its own rows.
        if layer(parent) not in MAY_READ[layer(model)] and parent["unique_id"] != TOUCHED
    ]
    assert not wrong, told(
        wrong,
        "A layer reads those before it: raw in staging, staging and seeds in intermediate, those in marts, marts in "
        "outputs. Read the model of the layer before, or move this one.",
    )


def test_sums_are_made_of_entities_and_no_entity_that_others_read_of_sums(
    manifest: Mapping[str, Any], models: Models
) -> None:
    below: set[str] = set()
    waiting = [name for name in models if name.startswith("kpi_")]
    children = [(parent["name"], model["name"]) for model, parent in edges(manifest, models)]
    while waiting:
        sum_of_entities = waiting.pop()
        found = {child for parent, child in children if parent == sum_of_entities} - below
        below |= found
        waiting += found
    wrong = [
        f"{parent} is made of sums, and {child} reads it"
        for parent, child in children
        if parent in below
        and not (layer(models[parent]) == "intermediate" and child.startswith(("int_", "kpi_")))
        and not parent.startswith("kpi_")
        and layer(models[child]) != "outputs"
    ]
    assert not wrong, told(
        wrong,
        "Entities (dim_, fct_ and the steps to them) come before sums (kpi_ and theirs); a fact that is found in sums "
        "ends there, a step that reads them leads to sums. Make the entity of entities.",
    )


def test_what_is_made_of_the_plans_of_pay_is_in_the_file_of_pay_alone(
    manifest: Mapping[str, Any], models: Models
) -> None:
    of_pay = {"compensation_plans"}
    children = [(parent["name"], model["name"]) for model, parent in edges(manifest, models)]
    while found := {child for parent, child in children if parent in of_pay} - of_pay:
        of_pay |= found
    shown = {name for name in of_pay & models.keys() if layer(models[name]) in ("marts", "outputs")}
    assert shown
    wrong = sorted(name for name in shown if models[name]["database"] != "pay")
    assert not wrong, told(
        wrong,
        "Whoever may read the marts need not be one who may read pay: give it `+database: pay` in dbt_project.yml.",
    )


def test_every_model_is_in_a_room_of_its_layer(models: Models) -> None:
    wrong = [
        model["original_file_path"]
        for model in models.values()
        if layer(model) in ROOMS and (len(model["fqn"]) != 4 or model["fqn"][2] not in ROOMS[layer(model)])
    ]
    assert not wrong, told(wrong, f"Put it into the folder of the domain it is about: {ROOMS}.")


def test_the_layer_is_in_the_name(models: Models) -> None:
    prefixes = {
        "staging": "stg_",
        "intermediate": "int_",
        "outputs": "sync_",
        "marts": ("dim_", "fct_", "kpi_"),
    }
    wrong = [name for name, model in models.items() if not name.startswith(prefixes[layer(model)])]
    assert not wrong, told(wrong, f"Begin the name with its layer's prefix: {prefixes}.")


def test_every_model_is_a_pair_of_sql_and_yml() -> None:
    folder = DBT_PROJECT / "models"
    written = {path.with_suffix("") for path in folder.rglob("*.sql")}
    described = {path.with_suffix("") for path in folder.rglob("*.yml") if not path.name.startswith("_")}
    wrong = sorted(path.name for path in written ^ described)
    assert not wrong, told(wrong, "A model is name.sql with name.yml beside it: write the one that lacks.")


def test_a_twin_describes_its_own_model_alone() -> None:
    for twin in (DBT_PROJECT / "models").rglob("[!_]*.yml"):
        content = yaml.safe_load(twin.read_text(encoding="utf-8"))
        described = [model["name"] for model in content["models"]]
        tested = {test["model"] for test in content.get("unit_tests", [])}
        assert described == [twin.stem] and tested <= {twin.stem}, told(
            [twin.name], "It describes and tests the model of its own name alone: move the rest to that model's yml."
        )


def test_descriptions_begin_with_the_grain(manifest: Mapping[str, Any]) -> None:
    described = [node for node in manifest["nodes"].values() if node["resource_type"] in ("model", "seed")]
    wrong = [node["name"] for node in described if not node["description"].startswith("One row per ")]
    assert not wrong, told(wrong, 'Say what a row is: begin the description with "One row per ".')


def test_a_column_says_of_whom_it_tells(models: Models) -> None:
    wrong = [
        f"{model['name']}.{column['name']}"
        for model in models.values()
        for column in model["columns"].values()
        if column["description"].startswith(("Of them", "Of these", "Of those"))
    ]
    assert not wrong, told(wrong, 'Columns are read one by one: say of whom, "Of the leads that …", not "Of them".')


def test_marts_and_outputs_are_contracts_with_every_column_typed_and_described(models: Models) -> None:
    published = [model for model in models.values() if layer(model) in ("marts", "outputs")]
    loose = [model["name"] for model in published if not model["contract"]["enforced"]]
    assert not loose, told(loose, "Marts and outputs are contracts: take `contract: {enforced: false}` out of its yml.")
    wrong = [
        f"{model['name']}.{column['name']}"
        for model in published
        for column in model["columns"].values()
        if not (column["description"] and column["data_type"])
    ]
    assert not wrong, told(wrong, "Give the column its data_type and description in the model's yml.")
    bare = [model["name"] for model in published if not model["columns"]]
    assert not bare, told(bare, "List the model's columns in its yml, each with data_type and description.")


def test_every_output_has_an_exposure_and_no_exposure_reads_anything_else(
    manifest: Mapping[str, Any], models: Models
) -> None:
    exposures = manifest["exposures"].values()
    exposed = [parent for exposure in exposures for parent in exposure["depends_on"]["nodes"]]
    outputs = [model["unique_id"] for model in models.values() if layer(model) == "outputs"]
    wrong = sorted({*exposed} ^ {*outputs})
    assert not wrong and len(exposed) == len(outputs), told(
        wrong, "Each output is the ref of one exposure in models/outputs/_exposures.yml, and nothing else is."
    )
