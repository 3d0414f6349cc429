"""The landing folder that a simulation writes: bytes, formats, counts, and what it refuses."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingest import simulate as simulation
from ingest.errors import RevloopError
from ingest.simulate import simulate
from ingest.simulate.reps import Rep
from tests.simulate.strict_reader import REQUIRED, Landed, read_back

SHIPPED_REPS = Path(__file__).parents[2] / "dbt_project/seeds/people/reps.csv"


def digests(out: Path) -> dict[str, str]:
    return {
        str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(out.rglob("*"))
        if path.is_file()
    }


def test_the_same_leads_and_seed_give_the_same_bytes(tmp_path: Path, reps: list[Rep]) -> None:
    for name in ("one", "two"):
        simulate(400, tmp_path / name, seed=5, reps=reps)
    assert digests(tmp_path / "one") == digests(tmp_path / "two")


def test_the_order_of_sets_and_hashes_does_not_show(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib; from ingest.simulate import simulate; "
        "from ingest.simulate.reps import read_reps; out = pathlib.Path(sys.argv[1]); "
        "simulate(100, out, seed=5, reps=read_reps(pathlib.Path(sys.argv[2])))"
    )
    for hash_seed in ("1", "2"):
        subprocess.run(
            [sys.executable, "-c", program, str(tmp_path / hash_seed), str(SHIPPED_REPS)],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            cwd=SHIPPED_REPS.parents[3],
            check=True,
        )
    assert digests(tmp_path / "1") == digests(tmp_path / "2")


def test_another_seed_gives_other_bytes_in_every_file(tmp_path: Path, reps: list[Rep]) -> None:
    for seed in (5, 6):
        simulate(400, tmp_path / str(seed), seed=seed, reps=reps)
    one, other = digests(tmp_path / "5"), digests(tmp_path / "6")
    assert one.keys() == other.keys()
    assert [name for name in one if one[name] == other[name]] == [".simulated"]


def test_every_format_of_the_contract_is_there(landed: Landed) -> None:
    endings = {".".join(path.name.split(".")[1:]) for path in landed.report.files}
    assert endings == {"csv", "csv.gz", "jsonl", "jsonl.gz", "parquet"}


def test_the_report_lists_exactly_the_files_written(landed: Landed) -> None:
    on_disk = {path for path in landed.out.rglob("*") if path.is_file()}
    assert on_disk - set(landed.report.files) == {landed.out / ".simulated"}


def test_the_report_counts_every_row_and_every_bad_row_by_reason(landed: Landed) -> None:
    for feed, rows in landed.rows.items():
        assert dict(landed.bad[feed]) == landed.report.bad_rows[feed]
        assert len(rows) + landed.bad[feed].total() == landed.report.rows[feed]


@pytest.mark.parametrize("feed", ["leads", "activities", "contracts"])
def test_every_feed_has_bad_rows_of_every_reason(landed: Landed, feed: str) -> None:
    reasons = {"unparseable_row", "missing_required", "invalid_type", "invalid_value"}
    assert set(landed.report.bad_rows[feed]) == reasons


@pytest.mark.parametrize(
    ("feed", "column"),
    [
        *((feed, column) for feed, columns in REQUIRED.items() for column in columns),
        ("activities", "opportunity_id"),
        ("activities", "stage"),
    ],
)
def test_every_required_column_is_missing_somewhere(landed: Landed, feed: str, column: str) -> None:
    assert column in landed.missing[feed]


def test_parquet_timestamps_are_typed_in_utc(landed: Landed) -> None:
    schema = pq.read_schema(landed.out / "activities" / "activities-00001.parquet")
    assert schema.field("occurred_at").type == pa.timestamp("us", tz="UTC")


def test_one_file_carries_a_column_that_the_contract_does_not_know(landed: Landed) -> None:
    assert any(row.get("partner_tier") for row in landed.leads)


def test_more_leads_than_a_chunk_are_complete_and_each_once(
    tmp_path: Path, reps: list[Rep], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulation, "CHUNK_LEADS", 150)
    lines: list[str] = []
    report = simulate(400, tmp_path, seed=3, reps=reps, progress=lines.append)
    landed = read_back(tmp_path, report)
    assert len(lines) == 3
    assert {row["lead_id"] for row in landed.leads} == {f"L{n:08d}" for n in range(1, 401)}
    files = sorted((tmp_path / "activities").glob("*.parquet"))
    ids = [value for path in files for value in pq.read_table(path)["activity_id"].to_pylist() if value.startswith("A")]
    assert len(files) == 3
    assert len(ids) == len(set(ids))
    firsts = [row["contract_id"] for row in landed.contracts if "updated_at" not in row]
    numbers = sorted({int(value[1:]) for value in firsts})
    assert numbers == list(range(1, len(numbers) + 1))


def test_memory_holds_one_chunk_of_activities_at_a_time(
    tmp_path: Path, reps: list[Rep], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulation, "CHUNK_LEADS", 100)
    simulate(1_000, tmp_path, seed=3, reps=reps)
    sizes = [pq.read_metadata(path).num_rows for path in tmp_path.glob("activities/*.parquet")]
    assert len(sizes) == 10
    assert max(sizes) < sum(sizes) / 5


@pytest.mark.parametrize("leads", [1, 2, 30])
def test_the_smallest_companies_can_be_simulated(tmp_path: Path, reps: list[Rep], leads: int) -> None:
    landed = read_back(tmp_path, simulate(leads, tmp_path, seed=0, reps=reps))
    assert len({row["lead_id"] for row in landed.leads}) == leads


def test_a_second_simulation_takes_the_place_of_the_first(tmp_path: Path, reps: list[Rep]) -> None:
    simulate(200, tmp_path / "twice", seed=1, reps=reps)
    simulate(100, tmp_path / "twice", seed=2, reps=reps)
    simulate(100, tmp_path / "once", seed=2, reps=reps)
    assert digests(tmp_path / "twice") == digests(tmp_path / "once")


def test_a_folder_with_rows_of_another_origin_is_left_as_it_is(tmp_path: Path, reps: list[Rep]) -> None:
    simulate(100, tmp_path, seed=1, reps=reps)
    (tmp_path / "leads" / "real.csv").write_text("lead_id,created_at\nL1,2025-01-01\n")
    before = digests(tmp_path)
    with pytest.raises(RevloopError, match=r"leads/real\.csv.*Name an empty folder"):
        simulate(100, tmp_path, seed=2, reps=reps)
    assert digests(tmp_path) == before


def test_a_failed_simulation_leaves_the_former_one(
    tmp_path: Path, reps: list[Rep], monkeypatch: pytest.MonkeyPatch
) -> None:
    simulate(100, tmp_path, seed=1, reps=reps)
    before = digests(tmp_path)

    def full_disk(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pq, "write_table", full_disk)
    with pytest.raises(RevloopError, match="No space left on device"):
        simulate(100, tmp_path, seed=2, reps=reps)
    assert digests(tmp_path) == before


def test_wrong_requests_are_refused_in_one_line(tmp_path: Path, reps: list[Rep]) -> None:
    with pytest.raises(RevloopError, match="at least 1"):
        simulate(0, tmp_path, seed=1, reps=reps)
    with pytest.raises(RevloopError, match="seed -1"):
        simulate(1, tmp_path, seed=-1, reps=reps)
    with pytest.raises(RevloopError, match=r"reps\.csv"):
        simulate(1, tmp_path, seed=1, reps=[])
    (tmp_path / "file").write_text("")
    with pytest.raises(RevloopError, match="no folder"):
        simulate(1, tmp_path / "file", seed=1, reps=reps)
