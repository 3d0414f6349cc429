"""A line without an end takes no more memory than a line may be long, measured in a process of its own."""

import gzip
import subprocess
import sys
from typing import Any

import pytest

LONG_ROW = {
    "csv": (b"lead_id,created_at,note\na,2025-01-01,\n", b"b,2025-01-01,", b"\nz,2025-01-01,\n"),
    "unclosed.csv": (b"lead_id,created_at,note\na,2025-01-01,\nz,2025-01-01,\n", b'b,2025-01-01,"', b"\n"),
    "jsonl": (
        b'{"lead_id": "a", "created_at": "2025-01-01"}\n',
        b'{"lead_id": "b", "note": "',
        b'"}\n{"lead_id": "z", "created_at": "2025-01-01"}\n',
    ),
}
MEBIBYTES = 150
LOAD = """
import resource, sys
from datetime import UTC, datetime
from pathlib import Path
from ingest.load import load_landing

def load(landing):
    return load_landing(
        Path(landing), Path(landing).parent / f"{Path(landing).name}.duckdb", batch_id="b", now=datetime.now(UTC),
        stages=frozenset(), hash_key=b"k", memory_limit="500MB",
    )

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

load(sys.argv[1])
before = peak()
report = load(sys.argv[2]).feeds["leads"]
print(report.rows_accepted, report.rows_quarantined, peak() - before)
"""


@pytest.mark.parametrize("kind", LONG_ROW)
def test_one_line_of_150_mebibytes_takes_a_fraction_of_them(company: Any, tmp_path: Any, kind: str) -> None:
    begin, start, end = LONG_ROW[kind]
    (tmp_path / "small" / "leads").mkdir(parents=True)
    (tmp_path / "small" / "leads" / f"a.{kind}").write_bytes(begin + start + b"x\n")
    company.write(f"leads/a.{kind}.gz", gzip.compress(begin + start + b"x" * (MEBIBYTES << 20) + end, 1))
    # A file, not -c: there the engine takes itself for one of a person's, and draws a progress bar.
    (tmp_path / "load.py").write_text(LOAD)
    done = subprocess.run(
        [sys.executable, str(tmp_path / "load.py"), str(tmp_path / "small"), str(company.landing)],
        capture_output=True,
        text=True,
        check=True,
    )
    accepted, quarantined, mebibytes = map(int, done.stdout.split())
    assert (accepted, quarantined) == (2, 1)
    assert mebibytes < 80
