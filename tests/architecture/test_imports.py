"""Which heavy packages an import brings along: a verb loads dbt and Dagster, the command line does not."""

import subprocess
import sys

import pytest

LOADED = "import sys, {module}; print(*sorted({{name.split('.')[0] for name in sys.modules}}))"


def packages_loaded_by(module: str) -> set[str]:
    """Top-level packages in memory after a fresh process has imported the module."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED.format(module=module)], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "module",
    [
        "orchestration.cli",
        "orchestration.dashboard.serve",
        "orchestration.dashboard.site",
        "orchestration.outputs.deliver",
        "ingest.load",
    ],
)
def test_neither_dagster_nor_dbt_is_loaded_by(module: str) -> None:
    assert not packages_loaded_by(module) & {"dagster", "dagster_dbt", "dbt"}


def test_ingest_loads_nothing_else_of_ours() -> None:
    assert "orchestration" not in packages_loaded_by("ingest.load")
    assert "orchestration" not in packages_loaded_by("ingest.simulate")
