"""What depends on a seed: what a night must make, and check, of everything, and which checks look at the seed.

Only the parsed project is read here; how a model limits itself to touched leads is known in dbt's macros, and its
config says that it does.
"""

from collections.abc import Iterable, Mapping
from typing import Any

Node = Mapping[str, Any]

# It says which leads a night recomputes, and hands no value on.
TOUCHED = "model.revloop.int_leads_touched"


def nodes_to_rebuild(manifest: Mapping[str, Any], seeds: Iterable[str]) -> frozenset[str]:
    """Names of the models and tests below these seeds, and of models above that hold only a night's touched leads.

    Such a model cannot feed one that is made of everything unless it is made of everything too; and what is made of
    everything is checked whole.
    """
    nodes = {name: node for name, node in manifest["nodes"].items() if node["resource_type"] in ("model", "test")}
    whole = _below(manifest, nodes, [_seed_id(manifest, seed) for seed in seeds])
    waiting = list(whole)
    while waiting:
        for parent in nodes[waiting.pop()]["depends_on"]["nodes"]:
            if parent in nodes and parent not in whole and _holds_touched_leads_only(nodes[parent]):
                whole.add(parent)
                waiting.append(parent)
    return frozenset(nodes[name]["name"] for name in whole)


def seeds_and_their_tests(manifest: Mapping[str, Any], seeds: Iterable[str]) -> list[str]:
    """Names of these seeds, and of the data tests that look at them and at nothing but seeds."""
    changed = {_seed_id(manifest, seed) for seed in seeds}
    tests = [
        node["name"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test"
        and changed.intersection(node["depends_on"]["nodes"])
        and all(parent.startswith("seed.") for parent in node["depends_on"]["nodes"])
    ]
    return [manifest["nodes"][seed]["name"] for seed in changed] + tests


def seed_ids(manifest: Mapping[str, Any]) -> list[str]:
    """Every seed of the project."""
    return [name for name, node in manifest["nodes"].items() if node["resource_type"] == "seed"]


def _seed_id(manifest: Mapping[str, Any], seed: str) -> str:
    return next(name for name in seed_ids(manifest) if manifest["nodes"][name]["name"] == seed)


def _below(manifest: Mapping[str, Any], nodes: Mapping[str, Node], roots: list[str]) -> set[str]:
    found: set[str] = set()
    waiting = list(roots)
    while waiting:
        for child in manifest["child_map"][waiting.pop()]:
            if child in nodes and child not in found and child != TOUCHED:
                found.add(child)
                waiting.append(child)
    return found


def is_made_per_lead(model: Node) -> bool:
    """Whether an increment makes its rows of the touched leads alone: its config says so."""
    return bool(model["config"]["meta"].get("per_lead"))


def keeps_other_rows(model: Node) -> bool:
    """Whether an increment leaves the rows that it does not make where they are."""
    return model["config"]["materialized"] == "incremental"


def _holds_touched_leads_only(model: Node) -> bool:
    return is_made_per_lead(model) and not keeps_other_rows(model)
