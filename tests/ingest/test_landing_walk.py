"""How a landing folder is walked: names, endings, links, and what is ignored and why."""

import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest

from ingest import csv_files, landing, load
from ingest.errors import RevloopError
from ingest.landing import discover, fingerprint
from ingest.mapped.library import Mappings

ONE_LEAD = "lead_id,created_at\n{},2025-01-01\n"
SOURCES = "select lead_id, _source from raw.leads order by lead_id"


def ignored(company: Any) -> dict[str, str]:
    """The names that a refresh ignored, with the reasons."""
    return {file.name: file.reason for file in company.load().ignored_files}


def test_whatever_is_not_read_is_listed_with_the_reason(company: Any) -> None:
    for name in (".a.csv", "_a.csv", "a.txt", "a.parquet.gz", "_part/a.csv"):
        company.write(f"leads/{name}", ONE_LEAD.format("a"))
    company.write("readme.md", "")
    company.write("lead/a.csv", ONE_LEAD.format("a"))
    company.write("contracts", "")
    assert ignored(company) == {
        "contracts": "it is a file, where a folder of files is expected",
        "lead/": "it is none of the feeds' folders leads, activities, contracts, and no mapping's: "
        f"{', '.join(Mappings().names)}; did you mean 'leads'?",
        "leads/.a.csv": "its name begins with . or _",
        "leads/_a.csv": "its name begins with . or _",
        "leads/_part/": "its name begins with . or _",
        "leads/a.parquet.gz": "its ending is none of .csv, .csv.gz, .jsonl, .jsonl.gz, .parquet",
        "leads/a.txt": "its ending is none of .csv, .csv.gz, .jsonl, .jsonl.gz, .parquet",
        "readme.md": "it is none of the feeds' folders leads, activities, contracts",
    }
    assert company.rows("select sum(rows_read) from ops.batch_feeds") == [(0,)]


def test_endings_count_in_any_case(company: Any) -> None:
    import gzip

    company.write("leads/a.CSV", ONE_LEAD.format("a"))
    company.write("leads/b.Csv.GZ", gzip.compress(ONE_LEAD.format("b").encode()))
    company.write("leads/c.JsonL.Gz", gzip.compress(b'{"lead_id": "c", "created_at": "2025-01-01"}'))
    pa.parquet.write_table(
        pa.table({"lead_id": ["d"], "created_at": ["2025-01-01"]}), company.landing / "leads/d.Parquet"
    )
    assert ignored(company) == {}
    assert [lead_id for lead_id, _ in company.rows(SOURCES)] == ["a", "b", "c", "d"]


ODD_NAMES = [
    "caf\u00e9".encode("cp1252"),
    "고객".encode("euc-kr"),
    "顧客".encode("shift_jis"),
    b"a\xed\xa0\x80",
    b"a\nb\x1b[31m",
    b"back\\slash [1]*?{x}",
    b'it\'s "quoted"; drop',
    "한글 이름".encode(),
]


@pytest.mark.parametrize("name", ODD_NAMES)
@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_a_file_and_a_folder_of_any_name_load_and_are_named_legibly(company: Any, name: bytes, ending: str) -> None:
    folder = company.landing / "leads" / os.fsdecode(name)
    folder.mkdir(parents=True)
    path = folder / f"{os.fsdecode(name)}.{ending}"
    if ending == "parquet":
        with path.open("wb") as file:
            pa.parquet.write_table(pa.table({"lead_id": ["a"], "created_at": ["2025-01-01"]}), file)
    else:
        rows = {"csv": ONE_LEAD.format("a"), "jsonl": '{"lead_id": "a", "created_at": "2025-01-01"}'}
        path.write_text(rows[ending])
    company.write("leads/z.csv", ONE_LEAD.format("z"))
    seen = fingerprint(company.landing)
    company.load()
    (_, source), _ = company.rows(SOURCES)
    assert source.isprintable()
    assert source.startswith("leads/")
    assert source.endswith(f".{ending}")
    assert company.load().feeds["leads"].rows_read == 0
    path.unlink()
    assert fingerprint(company.landing) != seen


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_file_of_any_name_is_read_also_by_the_engine(
    company: Any, name: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What the engine refuses the other reader takes; here there is none.
    monkeypatch.setattr(csv_files, "_is_small", lambda file: False)
    monkeypatch.setattr(csv_files, "_load_by_python", lambda *_: None)
    company.write(os.fsdecode(b"leads/" + name + b"/" + name + b".csv"), ONE_LEAD.format("a"))
    company.load()
    assert [lead_id for lead_id, _ in company.rows(SOURCES)] == ["a"]


def test_the_landing_folder_too_may_have_any_name(company: Any) -> None:
    company.landing = company.landing / os.fsdecode(b"\xb0\xed\xb0\xb4")
    company.write("leads/a.csv", ONE_LEAD.format("a"))
    company.write(os.fsdecode(b"leads/\xff.csv"), ONE_LEAD.format("b"))
    company.load()
    assert company.rows(SOURCES) == [("a", "leads/a.csv"), ("b", "leads/\\xff.csv")]
    missing = company.landing / "missing"
    with pytest.raises(RevloopError, match=r"no landing folder .*\\xb0\\xed\\xb0\\xb4/missing: make it"):
        discover(missing)


def test_names_that_are_shown_alike_stay_apart(company: Any) -> None:
    company.write(os.fsdecode(b"leads/a\xff.csv"), ONE_LEAD.format("a"))
    company.write("leads/a\\xff.csv", ONE_LEAD.format("b") + "c,soon\n")
    report = company.load().feeds["leads"]
    assert report.files == ["leads/a\\xff.csv", "leads/a\\xff.csv (2)"]
    assert (report.rows_read, report.rows_quarantined) == (3, 1)


@pytest.fixture
def deep(company: Any) -> Iterator[Path]:
    """A folder that is removed after the test: pytest itself, which recurses, could not."""
    folder = company.write("leads/z.csv", ONE_LEAD.format("z")).parent
    yield folder
    subprocess.run(["rm", "-rf", folder], check=True)


def test_folders_may_be_nested_deeper_than_python_recurses(company: Any, deep: Path) -> None:
    folder = deep
    for _ in range(1_200):
        folder = Path(f"{folder}/d")
        folder.mkdir()
    Path(f"{folder}/a.csv").write_text(ONE_LEAD.format("a"))
    report = company.load()
    assert report.feeds["leads"].rows_accepted == 2
    assert report.ignored_files == []
    assert fingerprint(company.landing)


def test_a_folder_whose_path_is_too_long_costs_itself_alone(company: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    company.write("leads/a.csv", ONE_LEAD.format("a"))
    monkeypatch.chdir(company.landing / "leads")
    for _ in range(30):
        Path("d" * 200).mkdir()
        os.chdir("d" * 200)
    report = company.load().feeds["leads"]
    assert (report.rows_accepted, report.rows_quarantined) == (1, 1)
    assert company.quarantined("detail") == [("the folder cannot be listed: File name too long",)]
    assert fingerprint(company.landing)


def test_links_that_lead_out_are_not_followed_and_those_that_stay_are(company: Any, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "o.csv").write_text(ONE_LEAD.format("o"))
    leads = company.write("leads/a.csv", ONE_LEAD.format("a")).parent
    company.write("leads/_kept/b.csv", ONE_LEAD.format("b"))
    (leads / "c.csv").symlink_to(outside / "o.csv")
    (leads / "folder").symlink_to(outside)
    (leads / "proc").symlink_to("/proc")
    (leads / "root").symlink_to("/")
    (leads / "dots").symlink_to("../../outside")
    (leads / "d.csv").symlink_to("_kept/b.csv")
    (leads / "kept").symlink_to(leads / "_kept")
    (leads / "nowhere.csv").symlink_to(leads / "missing.csv")
    (leads / "self").symlink_to("self")
    assert ignored(company) == {
        "leads/_kept/": "its name begins with . or _",
        "leads/c.csv": "a link that leads out of the landing folder",
        "leads/dots/": "a link that leads out of the landing folder",
        "leads/folder/": "a link that leads out of the landing folder",
        "leads/nowhere.csv": "a link that leads nowhere",
        "leads/proc/": "a link that leads out of the landing folder",
        "leads/root/": "a link that leads out of the landing folder",
        "leads/self": "a link that leads nowhere",
    }
    assert company.rows(SOURCES) == [("a", "leads/a.csv"), ("b", "leads/d.csv")]
    (leads / "missing.csv").write_text(ONE_LEAD.format("m"))
    assert company.load().feeds["leads"].rows_accepted == 1


def test_circles_end_however_many_links_make_them(company: Any) -> None:
    leads = company.write("leads/a.csv", ONE_LEAD.format("a")).parent
    for name in "vwxyz":
        (leads / name).mkdir()
        for other in "vwxyz":
            (leads / name / f"to_{other}").symlink_to(leads / other)
    (leads / "back").symlink_to(leads)
    (leads / "up").symlink_to(company.landing)
    found = discover(company.landing)
    assert [file.source for file in found.files] == ["leads/a.csv"]
    assert {file.reason for file in found.ignored} == {"a link to a folder that is read already"}


def test_the_landing_folder_and_its_feed_folders_may_be_links(company: Any, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    (shared / "deep").mkdir(parents=True)
    (shared / "deep" / "a.csv").write_text(ONE_LEAD.format("a"))
    (shared / "b.csv").symlink_to("deep/a.csv")
    (shared / "out").symlink_to(tmp_path)
    (company.landing / "leads").symlink_to(shared)
    (company.landing / "activities").symlink_to(company.landing)
    (company.landing / "contracts").symlink_to(company.landing / "missing")
    link = tmp_path / "link"
    link.symlink_to(company.landing)
    company.landing = link
    assert ignored(company) == {
        "activities": "a link to a folder that the landing folder lies in",
        "contracts": "a link that leads nowhere",
        "leads/out/": "a link that leads out of the landing folder",
    }
    assert company.rows(SOURCES) == [("a", "leads/b.csv")]


def test_pipes_and_sockets_are_not_opened(company: Any) -> None:
    leads = company.write("leads/a.csv", ONE_LEAD.format("a")).parent
    os.mkfifo(leads / "pipe.csv")
    (leads / "linked_pipe.csv").symlink_to("pipe.csv")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(leads / "socket.csv"))
        reasons = ignored(company)
    assert reasons == dict.fromkeys(
        ["leads/linked_pipe.csv", "leads/pipe.csv", "leads/socket.csv"], "it is a pipe, socket or device"
    )
    assert company.rows(SOURCES) == [("a", "leads/a.csv")]


def test_a_folder_that_may_not_be_listed_is_one_quarantined_row_each_night(
    company: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = company.write("leads/locked/a.csv", ONE_LEAD.format("a")).parent
    company.write("leads/b.csv", ONE_LEAD.format("b"))
    scan = os.scandir

    def refuse(path: Path) -> Any:
        if path == locked:
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(landing.os, "scandir", refuse)
    seen = fingerprint(company.landing)
    assert (company.load().feeds["leads"].rows_quarantined, company.load().feeds["leads"].rows_quarantined) == (1, 1)
    assert set(company.quarantined("source, source_row, detail")) == {
        ("leads/locked", None, "the folder cannot be listed: Permission denied")
    }
    monkeypatch.undo()
    assert company.load().feeds["leads"].rows_accepted == 1
    assert fingerprint(company.landing) != seen


def test_what_vanishes_during_the_walk_was_not_there(company: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    company.write("leads/a.csv", ONE_LEAD.format("a"))
    company.write("leads/gone/b.csv", ONE_LEAD.format("b"))
    listed = landing._entries

    def vanish(folder: Path) -> Any:
        entries = list(listed(folder))
        (folder / "gone" / "b.csv").unlink(missing_ok=True)
        if (folder / "gone").exists():
            (folder / "gone").rmdir()
        return entries

    monkeypatch.setattr(landing, "_entries", vanish)
    found = discover(company.landing)
    assert [file.source for file in found.files] == ["leads/a.csv"]
    assert (found.ignored, found.unlisted) == ([], [])


def test_a_fingerprint_tells_of_exports_and_of_what_their_mapping_says(company: Any) -> None:
    mapping = (
        "objects: {people: {files: people, key: Id, rows: [{feed: leads, columns: {lead_id: Id, created_at: Made}}]}}"
    )
    seen = []
    for change in (
        lambda: company.map("crm", mapping),
        lambda: company.write("crm/people.csv", "Id,Made\n"),
        lambda: company.map("crm", mapping.replace("Made", "Created")),
        lambda: company.write("crm/people.csv", "Id,Created\na,2025-01-01\n"),
        lambda: company.map("other", mapping),
    ):
        change()
        seen.append(fingerprint(company.landing, Mappings(company.mappings)))
    assert seen[3] == seen[4]
    assert len(set(seen)) == 4
    company.map("crm", "objects: [")
    with pytest.raises(RevloopError, match=r"crm\.yml:1: "):
        fingerprint(company.landing, Mappings(company.mappings))


def test_a_file_that_goes_away_before_it_is_read_is_listed(company: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    company.write("leads/a.csv", ONE_LEAD.format("a"))
    gone = company.write("leads/b.csv", ONE_LEAD.format("b"))
    found = discover(company.landing)
    gone.unlink()
    monkeypatch.setattr(load, "discover", lambda *_: found)
    assert ignored(company) == {"leads/b.csv": "it went away before it was read"}
    assert company.rows(SOURCES) == [("a", "leads/a.csv")]
    assert company.quarantined() == []


@pytest.mark.parametrize("is_file", [False, True])
def test_a_landing_folder_that_is_none_fails_with_its_path_before_anything_is_written(
    company: Any, is_file: bool
) -> None:
    company.landing.rmdir()
    if is_file:
        company.landing.write_text("")
    with pytest.raises(RevloopError, match=str(company.landing)):
        company.load()
    assert not company.store.exists()
    with pytest.raises(RevloopError, match=str(company.landing)):
        fingerprint(company.landing)
