"""Which files of a landing folder are read, and what happens to those that cannot be."""

import gzip
import time
from pathlib import Path
from typing import Any

import pytest

from ingest import file_reader, load
from ingest.errors import RevloopError
from ingest.files import LandedFile

ONE_LEAD = "lead_id,created_at\n{},2025-01-01\n"
IDS = "select lead_id from raw.leads order by lead_id"


def test_files_are_found_in_every_folder_below_their_feed(company: Any) -> None:
    company.write("leads/a.csv", ONE_LEAD.format("a"))
    company.write("leads/day=1/b [1]*?.csv", ONE_LEAD.format("b"))
    company.write("leads/day=1/deep/c.csv.gz", gzip.compress(ONE_LEAD.format("c").encode()))
    report = company.load().feeds["leads"]
    assert company.rows("select lead_id, _source from raw.leads order by lead_id") == [
        ("a", "leads/a.csv"),
        ("b", "leads/day=1/b [1]*?.csv"),
        ("c", "leads/day=1/deep/c.csv.gz"),
    ]
    assert report.files == ["leads/a.csv", "leads/day=1/b [1]*?.csv", "leads/day=1/deep/c.csv.gz"]


def test_a_batch_of_nothing_is_recorded(company: Any) -> None:
    report = company.load()
    assert [feed.rows_read for feed in report.feeds.values()] == [0, 0, 0]
    assert company.rows("select batch_id from ops.batches") == [("batch-1",)]
    assert company.rows("select feed, rows_read from ops.batch_feeds order by feed") == [
        ("activities", 0),
        ("contracts", 0),
        ("leads", 0),
    ]


def test_a_file_is_loaded_once_whatever_its_name(company: Any) -> None:
    company.write("leads/a.csv", ONE_LEAD.format("a"))
    company.write("leads/b.csv", ONE_LEAD.format("a"))
    assert company.load().feeds["leads"].files == ["leads/a.csv"]
    (company.landing / "leads" / "a.csv").rename(company.landing / "leads" / "c.csv")
    assert company.load().feeds["leads"].files == []
    company.write("leads/c.csv", ONE_LEAD.format("c"))
    assert company.load().feeds["leads"].files == ["leads/c.csv"]
    assert company.rows(IDS) == [("a",), ("c",)]
    assert company.rows("select source, rows_read from ops.files order by source") == [
        ("leads/a.csv", 1),
        ("leads/c.csv", 1),
    ]


def test_the_same_bytes_may_be_a_file_of_two_feeds(company: Any) -> None:
    company.write("leads/a.csv", "lead_id\n")
    company.write("activities/a.csv", "lead_id\n")
    company.load()
    assert company.rows("select count(distinct sha256), count(*) from ops.files") == [(1, 2)]


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_many_small_files_are_judged_together(company: Any, ending: str) -> None:
    rows = {"csv": "lead_id,created_at\n{},2025-01-01\n", "jsonl": '{{"lead_id": "{}", "created_at": "2025-01-01"}}'}
    for number in range(100):
        company.write(f"leads/{number}.{ending}", rows[ending].format(number))
    begun = time.process_time()
    assert company.load().feeds["leads"].rows_accepted == 100
    assert time.process_time() - begun < 2
    assert company.rows("select count(*) from raw.leads where _source = 'leads/' || lead_id || ?", f".{ending}") == [
        (100,)
    ]


BROKEN_FILES = {
    "a.csv.gz": gzip.compress(ONE_LEAD.format("x").encode() * 1000)[:-9],
    "b.csv.gz": gzip.compress(ONE_LEAD.format("x").encode())[:-8] + b"12345678",
    "c.csv.gz": b"no gzip",
    "d.jsonl.gz": gzip.compress(b'{"lead_id": "x", "created_at": "2025-01-01"}\n')[:-4],
    "e.parquet": b"PAR1 no parquet PAR1",
}


@pytest.mark.parametrize("name", BROKEN_FILES)
def test_a_broken_file_loads_nothing_and_is_one_quarantined_row(company: Any, name: str) -> None:
    company.write(f"leads/{name}", BROKEN_FILES[name])
    company.write("leads/z.csv", ONE_LEAD.format("z"))
    report = company.load().feeds["leads"]
    assert company.rows(IDS) == [("z",)]
    ((row, reason, detail, raw_row),) = company.quarantined()
    assert (row, reason, raw_row) == (None, "unparseable_row", None)
    assert detail.startswith("the file cannot be read")
    assert (report.rows_read, report.rows_accepted, report.rows_quarantined) == (2, 1, 1)
    assert company.load().feeds["leads"].rows_read == 0


def test_parquet_that_breaks_in_its_middle_loads_nothing(company: Any) -> None:
    import pyarrow as pa
    import pyarrow.parquet

    ids = pa.array([f"lead-{n}" for n in range(50_000)])
    table = pa.table({"lead_id": ids, "created_at": pa.array(["2025-01-01"] * 50_000)})
    path = company.landing / "leads" / "a.parquet"
    path.parent.mkdir()
    pa.parquet.write_table(table, path, row_group_size=5_000, compression="zstd")
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 2_000] = b"\xff" * 2_000
    path.write_bytes(content)
    company.load()
    assert company.rows(IDS) == []
    assert company.quarantined("source_row, reason") == [(None, "unparseable_row")]


def test_a_file_that_cannot_be_opened_is_tried_again(company: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    path = company.write("leads/a.csv", ONE_LEAD.format("a"))
    open_path = Path.open

    def refuse(opened: Path, *arguments: Any, **options: Any) -> Any:
        if opened == path:
            raise PermissionError(13, "Permission denied")
        return open_path(opened, *arguments, **options)

    monkeypatch.setattr(Path, "open", refuse)
    for _ in range(2):
        assert company.load().feeds["leads"].rows_quarantined == 1
    assert company.quarantined("detail") == [("the file cannot be read: Permission denied",)] * 2
    monkeypatch.undo()
    assert company.load().feeds["leads"].rows_accepted == 1


def test_what_a_reader_did_not_foresee_costs_its_file_alone(company: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    company.write("leads/a.jsonl", "{}")
    company.write("leads/b.csv", ONE_LEAD.format("b"))

    def fail(*_: Any) -> list[str]:
        raise UnicodeDecodeError("utf-8", b"x", 0, 1, "no such thing")

    monkeypatch.setitem(file_reader._LOADERS, "jsonl", fail)
    company.load()
    assert company.rows(IDS) == [("b",)]
    assert [row[:2] for row in company.quarantined("source_row, reason, detail")] == [(None, "unparseable_row")]


def _vanish(path: Path) -> None:
    path.unlink()


def _grow(path: Path) -> None:
    path.write_text(ONE_LEAD.format("other") + "b,2025-01-01\n")


@pytest.mark.parametrize("harm", [_vanish, _grow])
def test_a_file_that_changes_under_the_reader_is_tried_again(
    company: Any, monkeypatch: pytest.MonkeyPatch, harm: Any
) -> None:
    path = company.write("leads/a.csv", ONE_LEAD.format("a"))
    company.write("leads/z.csv", ONE_LEAD.format("z"))
    read = file_reader.load_csv

    def read_after_harm(staging: Any, file: LandedFile) -> list[str]:
        if file.path == path:
            harm(path)
        return read(staging, file)

    monkeypatch.setitem(file_reader._LOADERS, "csv", read_after_harm)
    company.load()
    assert company.rows(IDS) == [("z",)]
    assert company.quarantined("source, source_row, reason") == [("leads/a.csv", None, "unparseable_row")]
    monkeypatch.undo()
    path.write_text(ONE_LEAD.format("a"))
    company.load()
    assert company.rows(IDS) == [("a",), ("z",)]


def test_too_little_memory_is_told_in_one_line(company: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    company.write("leads/a.csv", ONE_LEAD.format("a") * 3)
    connect = load.connect
    monkeypatch.setattr(load, "connect", lambda store, **_: connect(store, memory_limit="1MB"))
    with pytest.raises(RevloopError, match="allow more memory"):
        company.load()
