"""What a check understands of a text: a date's format, the word that was meant, how a file is written."""

import gzip
from pathlib import Path

import pytest

from ingest.feeds import FEEDS
from ingest.values import read
from orchestration.checking.refusals import remedy_of
from orchestration.checking.spellings import date_format, date_formats
from orchestration.checking.texts import read_texts
from orchestration.checking.vocabulary import Vocabulary
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary.read(ROOT / "dbt_project")


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("26/03/2025 01:19", "%d/%m/%Y %H:%M"),
        ("03/26/2025 1:19 PM", "%m/%d/%Y %I:%M %p"),
        ("31.03.2025 10:00:59", "%d.%m.%Y %H:%M:%S"),
        ("2025/3/26", "%Y/%m/%d"),
        ("26-03-25", "%d-%m-%y"),
        ("yesterday", None),
        ("45/45/2025", None),
    ],
)
def test_a_date_tells_its_format(text: str, form: str | None) -> None:
    assert date_format(text) == form


def test_dates_together_tell_the_day_from_the_month() -> None:
    assert date_formats(["03/04/2025", "26/03/2025"]) == ["%d/%m/%Y"]
    assert date_formats(["03/04/2025", "03/26/2025"]) == ["%m/%d/%Y"]
    assert date_formats(["03/26/2025", "26/03/2025"]) == []


@pytest.mark.parametrize(
    ("column", "text", "word"),
    [
        ("activity_type", "Call", "call"),
        ("activity_type", "Outbound Call", "call"),
        ("activity_type", "E-mail reply", "email_reply"),
        ("stage", "Qualified", "mql"),
        ("stage", "마케팅 적격", "mql"),
        ("stage", "Closed Lost", "lost"),
        ("stage", "Not lost", None),
        ("reason", "Price too high", "price"),
        ("owner_id", "Choi Yuna", "rep01"),
        ("owner_id", "rep1", None),
        ("lead_source", "xyz", None),
    ],
)
def test_a_text_means_a_listed_word(vocabulary: Vocabulary, column: str, text: str, word: str | None) -> None:
    assert vocabulary.nearest(column, text) == word


def test_every_fault_of_a_value_has_a_remedy() -> None:
    readings = [read(column, "given") for feed in FEEDS.values() for column in feed.columns]
    phrases = {phrase for reading in readings for _, phrase in reading.faults}
    phrases |= {"is empty", "is no column of the file", "is no stage of stages.csv", "is no opportunity phase"}
    assert {phrase for phrase in phrases if remedy_of(phrase) is None and "spreadsheet" not in phrase} == set()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp949"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_file_tells_how_it_is_written(tmp_path: Path, encoding: str, delimiter: str) -> None:
    path = tmp_path / "contacts.csv"
    path.write_text(f"이름{delimiter}Created\n김민수{delimiter}2025-03-26\n\n", encoding=encoding)
    texts = read_texts(path)
    assert texts is not None
    assert (texts.names, texts.delimiter) == (("이름", "Created"), delimiter)
    assert texts.table.to_pylist() == [{"c0": "김민수", "c1": "2025-03-26", "source_row": 1}]


def test_rows_of_any_width_and_format_are_read(tmp_path: Path) -> None:
    short = tmp_path / "short.csv"
    short.write_text("a,b\n1\n1,2,3\n")
    lines = tmp_path / "lines.jsonl.gz"
    lines.write_bytes(gzip.compress(b'{"a": 1}\nno json\n{"b": "x"}\n'))
    assert [row["c1"] for row in read_texts(short).table.to_pylist()] == [None, "2"]
    assert read_texts(lines).table.select(["c0", "c1"]).to_pylist() == [
        {"c0": "1", "c1": None},
        {"c0": None, "c1": None},
        {"c0": None, "c1": "x"},
    ]
    workbook = tmp_path / "book.csv"
    workbook.write_bytes(b"PK\x03\x04\x00\x00")
    assert read_texts(workbook) is None
    assert read_texts(tmp_path / "missing.csv") is None
