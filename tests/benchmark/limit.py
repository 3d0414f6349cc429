"""The limit: the core marts (stages, MRR) by SQL written by hand, as fast as DuckDB makes them from the same
raw rows, without a night to come.

    python -m tests.benchmark.limit STORE PROJECT OUT AS_OF MEMORY_LIMIT

runs the steps in `by_hand` and writes on standard output what each of them cost. They find the store attached as
`store`, the seeds in the schema `seeds`, as_of and the project's vars as variables, and write into the attached file
`warehouse`. In them a row of raw is known by its rowid until its texts are wanted.
"""

import csv
import json
import re
import resource
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import yaml

STEPS = sorted(Path(__file__).with_name("by_hand").glob("*.sql"))
SETTINGS = """
set TimeZone = 'UTC';
set default_null_order = 'nulls_first_on_asc_last_on_desc';
set ieee_floating_point_ops = false;
set preserve_insertion_order = false;
set threads = 2;
"""


def make_marts(
    store: Path, project: Path, out: Path, as_of: str, memory_limit: str, temp_directory: Path
) -> dict[str, float]:
    """Write the marts into `out`; returns the CPU seconds of each step."""
    costs = {}
    config = {"memory_limit": memory_limit, "temp_directory": str(temp_directory)}
    with duckdb.connect(config=config) as connection:
        connection.execute(SETTINGS)
        connection.execute(f"attach '{store}' as store (read_only)")
        connection.execute(f"attach '{out}' as warehouse (storage_version 'v1.4.0')")
        connection.execute("create schema warehouse.marts; create schema warehouse.outputs; create schema seeds")
        _load_process(connection, project)
        connection.execute("set variable as_of = cast(? as timestamptz)", [as_of])
        for step in STEPS:
            before = _cpu_seconds()
            connection.execute(step.read_text(encoding="utf-8"))
            costs[step.stem] = _cpu_seconds() - before
    return costs


def _load_process(connection: duckdb.DuckDBPyConnection, project: Path) -> None:
    """The seeds that the script names as tables, in the order of their files, and the vars as variables."""
    named = {name for step in STEPS for name in re.findall(r"\bseeds\.(\w+)", step.read_text(encoding="utf-8"))}
    for name in sorted(named):
        path = next(project.glob(f"seeds/**/{name}.csv"))
        types = yaml.safe_load(path.with_suffix(".yml").read_text("utf-8"))["seeds"][0]["config"]["column_types"]
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = [
                [number, *(row[column] or None for column in types)] for number, row in enumerate(csv.DictReader(file))
            ]
        columns = ", ".join(f"{column} {column_type}" for column, column_type in types.items())
        connection.execute(f"create table seeds.{name} (seed_row integer, {columns})")
        if rows:
            connection.executemany(f"insert into seeds.{name} values ({', '.join('?' * (len(types) + 1))})", rows)
    for name, value in yaml.safe_load((project / "dbt_project.yml").read_text("utf-8"))["vars"].items():
        connection.execute(f"set variable {name} = ?", [value])


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    store, project, out, as_of, memory_limit = sys.argv[1:]
    with TemporaryDirectory(dir=Path(out).parent) as spill:
        costs = make_marts(Path(store), Path(project), Path(out), as_of, memory_limit, Path(spill))
    sys.stdout.write(json.dumps(costs) + "\n")


if __name__ == "__main__":
    main()
