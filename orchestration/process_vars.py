"""Faults of a var in dbt_project.yml that would surface deep in SQL, or not at all.

What the vars mean is said in the models that read them; faults of seeds are found elsewhere.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import yaml

from ingest.errors import RevloopError

Rule = tuple[Callable[[Any], bool], str]


def _number(low: float, high: float = float("inf")) -> Rule:
    """A number between both ends, them included."""
    span = f"a number of at least {low:g}" if high == float("inf") else f"a number from {low:g} to {high:g}"
    return lambda value: isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high, span


RULES: Mapping[str, Rule] = {
    "reporting_timezone": (lambda value: value in available_timezones(), "an IANA time zone such as Asia/Seoul"),
    "fiscal_year_start_month": _number(1, 12),
    "score_half_life_days": _number(1),
    "churn_grace_days": _number(0),
    "maturity_period_days": _number(1),
    "recycling_holdout_rate": _number(0, 1),
    "recycling_daily_limit": _number(0),
    "unattended_days": _number(0),
}


def require_sensible_vars(project: Path) -> None:
    """RevloopError for the first var of dbt_project.yml that cannot mean anything."""
    given = yaml.safe_load((project / "dbt_project.yml").read_text(encoding="utf-8")).get("vars") or {}
    for name, (holds, what) in RULES.items():
        if name not in given:
            raise RevloopError(f"dbt_project.yml: var {name} is missing. Put its line back, {what}.")
        if not holds(given[name]):
            raise RevloopError(f"dbt_project.yml: var {name} is {given[name]!r}. Write {what}.")
