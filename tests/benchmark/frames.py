"""What the chains in other engines read: a company's raw leads and activities as Parquet files."""

import csv
from importlib.util import find_spec
from pathlib import Path

import duckdb

from tests.benchmark.company import PROJECT, Company

ENGINES = ("duckdb", "polars", "pandas")
# A simplified process: what an activity type reports, and else the stage whose criterion it meets.
STAGES = {
    "opportunity_created": "p1",
    "opportunity_won": "onboarding",
    "opportunity_lost": "lost",
    "recycled": "recycled",
    "disqualified": "disqualified",
}


def why_absent(engine: str) -> str | None:
    """Why an engine cannot run here, None if it can."""
    if find_spec(engine):
        return None
    return f"{engine} is not installed: pip install {engine}, or leave the comparison out with --without-frames"


def write_inputs(company: Company, folder: Path) -> None:
    """The company's raw leads and activities, all versions, and what its process says of a type, as Parquet files."""
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'; set preserve_insertion_order = false")
        connection.execute(f"attach '{company.store}' as store (read_only)")
        connection.execute("create table kinds (activity_type varchar, stage_meant varchar, points double)")
        connection.executemany("insert into kinds values (?, ?, ?)", _kinds())
        for name, query in {
            "leads": "select lead_id, coalesce(employee_count, 0) as employee_count, is_deleted, rowid as version "
            "from store.raw.leads",
            "activities": "select activity_id, lead_id, activity_type, cast(occurred_at as timestamp) as occurred_at, "
            "stage, is_deleted, rowid as version from store.raw.activities",
            "kinds": "from kinds",
        }.items():
            connection.execute(f"copy ({query}) to '{folder / name}.parquet' (compression zstd)")


def _kinds() -> list[tuple[str, str | None, float]]:
    """Activity type, the stage that it brings a lead to if it brings it to one, and its points."""
    stages = dict(STAGES)
    with next(PROJECT.glob("seeds/**/stage_criteria.csv")).open(newline="", encoding="utf-8") as file:
        stages |= {row["activity_type"]: row["stage"] for row in csv.DictReader(file) if not row["outcome"]}
    with next(PROJECT.glob("seeds/**/activity_types.csv")).open(newline="", encoding="utf-8") as file:
        points = {row["activity_type"]: float(row["points"]) for row in csv.DictReader(file)}
    return [(name, stages.get(name), points.get(name, 0)) for name in sorted(points.keys() | stages.keys())]
