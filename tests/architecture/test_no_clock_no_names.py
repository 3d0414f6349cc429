"""What SQL may not hold: the machine's clock, a stage's name, a threshold. Each has one place outside it."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from tests.architecture.remedies import told
from tests.dbt_runs import DBT_PROJECT

CLOCKS = re.compile(
    r"\bnow\s*\(|\bcurrent_(date|time|timestamp)\b|\blocaltime(stamp)?\b|\b(today|getdate|sysdate)\s*\("
    r"|get_current_timestamp|transaction_timestamp|run_started_at|datetime\.now|utcnow",
    re.IGNORECASE,
)
ENGINES = re.compile(r"if\s+target\b|target\.(type|name)", re.IGNORECASE)
COMMENTS = re.compile(r"\{#.*?#\}|/\*.*?\*/|--[^\n]*", re.DOTALL)
VARS = re.compile(r"var\([^)]*\)")

# Two stages are called like the activity that reports them.
ALSO_ACTIVITIES = {"disqualified", "recycled"}


def sql(folder: str, *exempt: str) -> Iterator[tuple[str, str]]:
    """Path and text, without comments, of every SQL file below a folder of the project."""
    for path in sorted((DBT_PROJECT / folder).rglob("*.sql")):
        if path.name not in exempt:
            yield str(path.relative_to(DBT_PROJECT)), COMMENTS.sub("", path.read_text(encoding="utf-8"))


def seed(name: str) -> list[dict[str, str]]:
    path: Path = next((DBT_PROJECT / "seeds").rglob(f"{name}.csv"))
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def test_no_model_reads_a_clock() -> None:
    texts = [*sql("models"), *sql("tests"), *sql("macros")]
    found = [path for path, text in texts if CLOCKS.search(text)]
    assert not found, told(found, "A model knows no now: read {{ as_of() }}, {{ as_of_date() }} or {{ started_at() }}.")


def test_engines_differ_in_the_portable_macros_only() -> None:
    texts = [*sql("models"), *sql("tests"), *sql("macros", "portable.sql")]
    found = [path for path, text in texts if ENGINES.search(text)]
    assert not found, told(found, "What differs between engines is a dispatched macro of macros/portable.sql: call it.")


def test_stages_are_named_in_their_macros_only() -> None:
    stages = {row["stage"] for row in seed("stages")}
    texts = [*sql("models"), *sql("tests/facts"), *sql("macros", "stages.sql")]
    named = [
        f"{path}: {stage}"
        for path, text in texts
        for stage in stages - ALSO_ACTIVITIES
        if f"'{stage}'" in text or f'"{stage}"' in text
    ]
    assert not named, told(
        named,
        "Stages are rows of stages.csv: read their rank, kind or stay from it; one that the process itself names is a "
        "macro of macros/stages.sql, such as {{ lost_stage() }}.",
    )


def test_the_two_activities_called_like_a_stage_are_read_where_signals_are_made_only() -> None:
    texts = [*sql("models", "int_explicit_signals.sql"), *sql("macros", "stages.sql")]
    named = [path for path, text in texts for name in ALSO_ACTIVITIES if f"'{name}'" in text]
    assert not named, told(
        named,
        "As a stage it is {{ recycled_stage() }} or {{ disqualified_stage() }}; as a signal read int_explicit_signals.",
    )
    assert {row["activity_type"] for row in seed("activity_types")} >= ALSO_ACTIVITIES


def test_no_default_of_a_var_stands_in_a_model() -> None:
    project = yaml.safe_load((DBT_PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
    values = project["vars"].values()
    thresholds = {str(value) for value in values if isinstance(value, float) or (str(value).isdigit() and value > 1)}
    found = [
        f"{path}: {threshold}"
        for path, text in sql("models")
        for threshold in thresholds
        if re.search(rf"(?<![\w.]){re.escape(threshold)}(?![\w.])", VARS.sub("", text))
    ]
    assert not found, told(
        found,
        "The number is also the default of a var of dbt_project.yml: read it as {{ var('name') }}. Is it another "
        "thing, give it a name in a macro.",
    )


def test_no_least_points_of_a_grade_stand_in_a_model() -> None:
    least = {row["min_points"] for row in seed("score_grades")} - {"0"}
    found = [
        f"{path}: {points}"
        for path, text in sql("models")
        for points in least
        if re.search(rf"[<>=]\s*{points}(?![\w.])", text)
    ]
    assert not found, told(found, "The least points of a grade are rows of score_grades.csv: join them.")
