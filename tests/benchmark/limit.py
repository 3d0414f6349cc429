"""The limit: the same marts by a script written by hand, as fast as DuckDB makes them from the same raw rows.

    python -m tests.benchmark.limit STORE PROJECT OUT AS_OF MEMORY_LIMIT

writes the marts into OUT and says on standard output what each step cost.
"""

import csv
import json
import re
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import yaml

SCRIPT = Path(__file__).with_name("limit.sql")
STEP = re.compile(r"^-- step: (.+)$", re.MULTILINE)
SETTINGS = """
set TimeZone = 'UTC';
set default_null_order = 'nulls_first_on_asc_last_on_desc';
set ieee_floating_point_ops = false;
set preserve_insertion_order = false;
set threads = 2;
"""


def steps() -> Iterator[tuple[str, str]]:
    """The script's steps: name and SQL."""
    parts = STEP.split(SCRIPT.read_text(encoding="utf-8"))
    yield from zip(parts[1::2], parts[2::2], strict=True)


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
        for name, sql in steps():
            before = _cpu_seconds()
            connection.execute(sql)
            costs[name] = _cpu_seconds() - before
    return costs


def _load_process(connection: duckdb.DuckDBPyConnection, project: Path) -> None:
    """The seeds that the script names as tables, in the order of their files, and the vars as variables."""
    for name in sorted(set(re.findall(r"\bseeds\.(\w+)", SCRIPT.read_text(encoding="utf-8")))):
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
