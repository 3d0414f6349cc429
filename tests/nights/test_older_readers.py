"""What is published opens read-only in DuckDB 1.4 and 2.0, from the first second on and while the next night runs."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, Workplace
from tests.nights.conftest import COMPANY_AS_OF

LOCK = ROOT / ".ci" / "duckdb-1.4.lock"
READER = """
import duckdb, json, sys
from pathlib import Path
link, running = sys.argv[1], Path(sys.argv[2])
seen, opened, done = set(), 0, False
while not done:
    done = not running.exists()
    with duckdb.connect(link, read_only=True) as connection:
        counts = connection.execute(
            "select (select count(*) from marts.dim_leads), "
            "(select count(*) from marts.fct_stage_transitions where transition_number = 1), "
            "(select max(refresh_id) from marts.fct_refreshes)"
        ).fetchall()[0]
    assert counts[0] == counts[1], counts
    seen.add(counts[2])
    opened += 1
print(json.dumps({"version": duckdb.__version__, "opened": opened, "refreshes": sorted(seen)}))
"""


@pytest.fixture(scope="session")
def old_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with DuckDB 1.4 alone."""
    folder = tmp_path_factory.mktemp("duckdb-1.4")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = folder / "bin" / "python"
    install = [str(python), "-m", "pip", "install", "-q", "--no-deps", "--require-hashes", "-r", str(LOCK)]
    done = subprocess.run(install, capture_output=True, text=True)
    if done.returncode and "ConnectionError" in done.stderr + done.stdout:
        pytest.skip("no package registry can be reached to install DuckDB 1.4 from")
    assert done.returncode == 0, done.stderr
    return python


def test_both_versions_read_without_an_error_while_a_night_runs(
    small_company: Workplace, tmp_path: Path, old_python: Path
) -> None:
    workplace = small_company.copied_to(tmp_path / "company")
    running = workplace.folder / "running"
    running.touch()
    readers = [
        subprocess.Popen(
            [str(python), "-c", READER, str(workplace.published), str(running)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for python in (old_python, Path(sys.executable))
    ]
    workplace.refresh(*COMPANY_AS_OF)
    running.unlink()
    for reader, version in zip(readers, ("1.4.", "2.0."), strict=True):
        out, error = reader.communicate(timeout=60)
        assert reader.returncode == 0, error
        report = json.loads(out)
        assert report["version"].startswith(version)
        assert len(report["refreshes"]) == 2
