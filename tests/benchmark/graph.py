"""Which models belong together, as the parsed project has it: told by dbt's graph, not by names of models."""

from collections.abc import Collection, Mapping
from typing import Any

SCORES = "fct_lead_scores"


class Graph:
    """The models of a project, by name."""

    def __init__(self, manifest: Mapping[str, Any]) -> None:
        nodes = manifest["nodes"]
        models = {key: node for key, node in nodes.items() if node["resource_type"] == "model"}
        self.parents: Mapping[str, frozenset[str]] = {
            node["name"]: frozenset(models[key]["name"] for key in node["depends_on"]["nodes"] if key in models)
            for node in models.values()
        }

    @property
    def models(self) -> frozenset[str]:
        return frozenset(self.parents)

    def needed_for(self, marts: Collection[str]) -> frozenset[str]:
        """These marts, as far as they are models, and all models above them."""
        needed = set(self.models.intersection(marts))
        waiting = list(needed)
        while waiting:
            above = self.parents[waiting.pop()] - needed
            needed |= above
            waiting += above
        return frozenset(needed)

    def scores_of_all_leads(self) -> frozenset[str]:
        """The scores that are made anew for every lead, all that is built on them, and what exists for these alone."""
        found = {SCORES} & self.models
        while True:
            below = {model for model, parents in self.parents.items() if parents & found}
            others_need = {parent for model in self.models - found - below for parent in self.parents[model]}
            wanted = {parent for model in found | below for parent in self.parents[model]} - others_need
            grown = found | below | wanted
            if grown == found:
                return frozenset(found)
            found = grown
