"""The parts that the dbt project is built in, one after the other, so that Python may have its say between them.

A test belongs to the part with the last thing that it looks at. How a part is built is the affair of `dbt_runner`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """Some seeds or models, as dbt selects them; the tests come by themselves."""

    name: str
    select: str
    exclude: str = ""

    @property
    def selection(self) -> Sequence[str]:
        """What dbt is asked for. A test may look at what an earlier part built, and at nothing that comes later."""
        return ("--select", *self.select.split(), *self._excluded, "--indirect-selection", "buildable")

    def of_these(self, names: Iterable[str]) -> Sequence[str]:
        """What dbt is asked for to build only these models and tests of a part that selects all models."""
        return ("--select", *names, *self._excluded, "--indirect-selection", "empty")

    @property
    def _excluded(self) -> Sequence[str]:
        return ("--exclude", *self.exclude.split()) if self.exclude else ()


# What Python makes of the models of one part, and those of the next read.
SCORING = "scoring"

# Rows are judged by the seeds when they come in, so they are built and tested before.
SEEDS = Part("process", "resource_type:seed")
MODELS = Part("transform", "resource_type:model", exclude=f"source:{SCORING}+")
SCORED = Part("apply", f"source:{SCORING}+")
PARTS = (SEEDS, MODELS, SCORED)
