"""The vars of dbt_project.yml, and their faults that would surface deep in SQL, or not at all.

What the vars mean is said in the models that read them; faults of seeds are found elsewhere.
"""

import datetime
import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import duckdb
import yaml

from ingest.errors import RevloopError

Rule = tuple[Callable[[Any], bool], str]

GRADES = ("A", "B", "C", "D")
FILE = "dbt_project.yml"


def _number(low: float, high: float = float("inf"), *, whole: bool = False) -> Rule:
    """A finite number between both ends, them included."""
    kind = "a whole number" if whole else "a number"
    span = f"{kind} of at least {low:g}" if high == float("inf") else f"{kind} from {low:g} to {high:g}"
    return lambda value: _is_number(value, whole=whole) and low <= value <= high, span


def _is_number(value: Any, *, whole: bool) -> bool:
    is_number = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
    return is_number and abs(value) < float("inf")


def _or_empty(rule: Rule) -> Rule:
    holds, what = rule
    return lambda value: value is None or holds(value), f"{what}, or leave it empty"


def _is_day(value: Any) -> bool:
    """A day of the years that feeds may name; a time of day is none."""
    if not (isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value)):
        return False
    try:
        return 1900 <= datetime.date.fromisoformat(value).year <= 2200
    except ValueError:
        return False


def _are_grades(value: Any) -> bool:
    return isinstance(value, list) and 0 < len(value) == len({*map(str, value)} & {*GRADES})


RULES: Mapping[str, Rule] = {
    "reporting_timezone": (
        lambda value: isinstance(value, str) and value in time_zones(),
        "an IANA time zone such as Asia/Seoul",
    ),
    "reporting_currency": (
        lambda value: isinstance(value, str) and re.fullmatch("[A-Z]{3}", value) is not None,
        "three capital letters such as USD",
    ),
    "fiscal_year_start_month": _number(1, 12, whole=True),
    "score_half_life_days": _number(1),
    "mql_behaviour_points": _number(0),
    "mql_fit_grades": (_are_grades, f"a list of one or more of {', '.join(GRADES)}, such as [A, B], each once"),
    "churn_grace_days": _number(0, whole=True),
    "maturity_period_days": _number(1, whole=True),
    "score_horizon_days": _number(1, whole=True),
    "min_positive_count": _number(1, whole=True),
    "recycling_holdout_rate": _number(0, 1),
    "recycling_daily_limit": _number(0, whole=True),
    "score_training_leads": _number(1, whole=True),
    "unattended_days": _number(0, whole=True),
    "renewal_window_days": _number(0, whole=True),
    "attribution_window_days": _number(0, whole=True),
    "recycling_started_on": _or_empty((_is_day, "a date such as 2025-01-31")),
    "max_feed_age_hours": _or_empty(_number(0)),
    "health_healthy_from": _number(0, 100),
    "health_watch_from": _number(0, 100),
}


class _DatesAsTexts(yaml.SafeLoader):
    """YAML, but a date stays the text that it is: one that no calendar knows is told by its var, not by the parser."""

    yaml_implicit_resolvers: Mapping[str, Any] = {
        letter: [(tag, spelling) for tag, spelling in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def require_sensible_vars(project: Path) -> None:
    """RevloopError with a line for each var of dbt_project.yml that is missing or cannot mean anything."""
    if faults := list(var_faults(project)):
        raise RevloopError(*faults)


def var_faults(project: Path) -> Iterator[str]:
    """A line for each var that is missing or cannot mean anything, in the order of the contract.

    Raises RevloopError when the file cannot be read.
    """
    given = read_vars(project)
    for name, (holds, what) in RULES.items():
        if name not in given:
            yield f"{FILE}: var {name} is missing. Put its line back, {what}."
        elif not holds(given[name]):
            yield f"{FILE}: var {name} is {_spelled(given[name])}. Write {what}.{_hint(name, given[name])}"
    healthy, watch = given.get("health_healthy_from"), given.get("health_watch_from")
    if _is_number(healthy, whole=False) and _is_number(watch, whole=False) and watch > healthy:
        yield f"{FILE}: var health_watch_from is {watch!r}, above health_healthy_from {healthy!r}. Lower it."


def read_vars(project: Path) -> Mapping[str, Any]:
    """The vars as YAML reads them. Raises RevloopError when the file cannot be read."""
    try:
        content = yaml.load((project / FILE).read_text(encoding="utf-8-sig"), _DatesAsTexts)
    except UnicodeDecodeError as error:
        raise RevloopError(f"{FILE}: is not UTF-8. Save the file as UTF-8.") from error
    except yaml.YAMLError as error:
        raise RevloopError(f"{FILE}: is no YAML, {error}. Write each var on one line, name: value.") from error
    given = content.get("vars") if isinstance(content, dict) else None
    if not isinstance(given, dict):
        raise RevloopError(f"{FILE}: has no vars. Put the lines under vars: back, each as name: value.")
    return given


@cache
def time_zones() -> frozenset[str]:
    """The names that both the engine and Python know, so that models and schedule mean the same clock."""
    with duckdb.connect() as engine:
        names = engine.execute("select name from pg_timezone_names()").fetchall()
    return frozenset(name for (name,) in names) & available_timezones()


def _spelled(value: Any) -> str:
    return "empty" if value is None else repr(value)


def _hint(name: str, value: Any) -> str:
    near = nearest_time_zone(value) if name == "reporting_timezone" and isinstance(value, str) else None
    return f" Did you mean {near}?" if near else ""


def nearest_time_zone(text: str) -> str | None:
    """The time zone a person most likely meant: its city alone, another case, or nearly the same letters."""
    written = text.strip().replace(" ", "_").casefold()
    by_spelling = {name.casefold(): name for name in sorted(time_zones())}
    for spelling, name in by_spelling.items():
        if spelling == written or spelling.rpartition("/")[2] == written:
            return name
    near = difflib.get_close_matches(written, by_spelling, n=1, cutoff=0.8)
    return by_spelling[near[0]] if near else None
