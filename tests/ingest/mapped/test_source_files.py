"""Files as CRMs and spreadsheets write them, of any encoding and delimiter: each row with its number and its text."""

import datetime as dt
import gzip
import json
import random
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest

from ingest.mapped import sources
from tests.ingest.mapped.workbook_files import workbook

MAPPING = """
format: {encoding: [utf-8, utf-16, shift_jis, cp949], delimiter: [",", ";", tab, "|"]}
objects:
  people:
    files: people*
    key: {column: [Record ID, 레코드 ID]}
    rows:
      - feed: leads
        columns:
          lead_id: {column: [Record ID, 레코드 ID]}
          created_at: {column: [Create Date, 생성일]}
          full_name: {column: [Name, 이름, 氏名]}
          company_name: Company
"""
FOUND = (
    "select lead_id, created_at::date::varchar, full_name, company_name, _source_row from raw.leads order by lead_id"
)


def text(delimiter: str = ",", header: str = "Record ID,Create Date,Name,Company,Shoe size", name: str = "Kim") -> str:
    rows = [
        header.split(","),
        ["1", "2025-03-26", name, '"A; B, C\tand |\r\nothers"', "38"],
        ["2", "2025-03-27", name, "", "39"],
        [],
        ["3", "nonsense", "", "", ""],
    ]
    return "".join(f"{delimiter.join(row)}\r\n" for row in rows)


def loaded(company: Any, name: str, content: bytes, mapping: str = MAPPING) -> list[tuple]:
    company.map("crm", mapping)
    company.write(f"crm/{name}", content)
    company.load()
    return company.rows(FOUND)


def expected(name: str) -> list[tuple]:
    return [("1", "2025-03-26", name, "A; B, C\tand |\r\nothers", 1), ("2", "2025-03-27", name, None, 2)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_text_of_any_delimiter_and_encoding_is_read(company: Any, delimiter: str, encoding: str) -> None:
    content = text(delimiter, name="한지우")
    assert loaded(company, "people.csv", content.encode(encoding)) == expected("한지우")
    raw_row = delimiter.join(["3", "nonsense", "", "", ""])
    assert company.quarantined() == [(3, "invalid_type", "created_at: 'nonsense' is no timestamp", raw_row)]


@pytest.mark.parametrize(
    ("encoding", "header", "name"),
    [
        ("cp949", "레코드 ID,생성일,이름,Company,Shoe size", "한지우"),
        ("cp949", "Record ID,Create Date,Name,Company,Shoe size", "한지우 똠방각하"),
        ("cp932", "Record ID,Create Date,氏名,Company,Shoe size", "髙橋①太郎 ｶﾅ"),
        ("cp932", "Record ID,Create Date,Name,Company,Shoe size", "佐藤ソフト"),
        ("utf-8", "레코드 ID,생성일,이름,Company,Shoe size", "한지우"),
    ],
)
def test_the_encoding_that_fits_is_taken(company: Any, encoding: str, header: str, name: str) -> None:
    assert loaded(company, "people.csv", text(header=header, name=name).encode(encoding)) == expected(name)


@pytest.mark.parametrize("line", ["sep=;\r\n", '"sep=;"\r\n', "SEP=;\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_line_for_excel_is_no_header(company: Any, line: str, encoding: str) -> None:
    assert loaded(company, "people.csv", (line + text(";")).encode(encoding)) == expected("Kim")


@pytest.mark.parametrize(
    "name", ["people.TXT", "people.tsv", "People of today.csv", "people/part-1.csv", "2026/people.csv"]
)
def test_a_file_is_known_by_its_name_in_any_case_and_folder(company: Any, name: str) -> None:
    assert loaded(company, name, text("\t").encode()) == expected("Kim")


def test_a_text_may_be_compressed(company: Any) -> None:
    assert loaded(company, "people.txt.gz", gzip.compress(text("\t").encode("utf-16"))) == expected("Kim")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp949"])
@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_both_readers_of_csv_read_the_same(
    company: Any, make_company: Any, monkeypatch: pytest.MonkeyPatch, encoding: str, delimiter: str
) -> None:
    content = text(delimiter, name="한지우").encode(encoding)
    by_python = loaded(company, "people.csv", content)
    monkeypatch.setattr(sources, "_SMALL_BYTES", 0)
    monkeypatch.setattr(sources.CsvSource, "_load_by_python", None)
    other = make_company()
    assert loaded(other, "people.csv", content) == by_python == expected("한지우")
    assert other.quarantined() == company.quarantined() != []


def test_a_byte_that_is_no_text_costs_its_row_alone(company: Any) -> None:
    content = text().encode().replace(b"2,2025-03-27,Kim", b"2,2025-03-27,\xff\xfe")
    assert (
        loaded(company, "people.csv", content, MAPPING.replace("utf-8, utf-16, shift_jis, cp949", "utf-8"))
        == expected("Kim")[:1]
    )
    assert company.quarantined("source_row, reason, detail")[0] == (2, "unparseable_row", "is no valid UTF-8")


def test_a_row_of_another_length_costs_itself_alone(company: Any) -> None:
    content = text().encode() + b"4,2025-03-28,Lee\r\n5,2025-03-28,Choi,,\r\n"
    assert [row[0] for row in loaded(company, "people.csv", content)] == ["1", "2", "5"]
    assert company.quarantined()[1] == (4, "unparseable_row", "3 fields where the header has 5", "4,2025-03-28,Lee")


def test_a_cell_of_a_workbook_counts_as_its_text(company: Any) -> None:
    rows = [
        ["Record ID", "Create Date", "Name", "Company", "Shoe size"],
        [101.0, dt.datetime(2025, 3, 26, 1, 19, 7), "Kim", 12.5, True],
        [],
        ["102", "2025-03-27", None, "a\nb", None],
        [1234567890123456789.0, dt.datetime(2025, 3, 26), "Lee", None, None],
        [103.0, "nonsense", 'Ha "n"', None, None],
    ]
    company.map("crm", MAPPING.replace("objects:", "zone: Asia/Seoul\nobjects:", 1))
    company.write("crm/people.xlsx", workbook({"Sheet 1": rows, "Other": [["x"]]}))
    company.load()
    assert company.rows(
        "select lead_id, created_at::varchar, full_name, company_name, _source_row from raw.leads order by 1"
    ) == [
        ("101", "2025-03-25 16:19:07+00", "Kim", "12.5", 1),
        ("102", "2025-03-26 15:00:00+00", None, "a\nb", 2),
    ]
    assert company.quarantined("source_row, reason, raw_row") == [
        (3, "invalid_value", '{"Record ID":"1.23456789012346E+18","Create Date":"2025-03-26","Name":"Lee"}'),
        (4, "invalid_type", '{"Record ID":"103","Create Date":"nonsense","Name":"Ha \\"n\\""}'),
    ]


@pytest.mark.parametrize(
    ("sheet", "found"),
    [
        ("2", ["b"]),
        ("Second", ["b"]),
        ("1", ["a"]),
        ("3", "it has 2 sheets, and no sheet 3"),
        ("Secnd", "no sheet 'Secnd', only First, Second; did you mean 'Second'?"),
    ],
)
def test_a_sheet_is_named_or_numbered(company: Any, sheet: str, found: Any) -> None:
    company.map("crm", MAPPING.replace("format: {", f"format: {{sheet: {sheet}, ", 1))
    head = ["Record ID", "Create Date"]
    company.write(
        "crm/people.xlsx", workbook({"First": [head, ["a", "2025-01-01"]], "Second": [head, ["b", "2025-01-01"]]})
    )
    company.load()
    if isinstance(found, list):
        assert [row[0] for row in company.rows(FOUND)] == found
    else:
        assert found in company.quarantined("detail")[0][0]


@pytest.mark.parametrize("sheet", [None, "Deals"])
def test_a_further_sheet_with_rows_is_told_unless_one_is_named(company: Any, sheet: str | None) -> None:
    company.map("crm", MAPPING.replace("format: {", f"format: {{sheet: {sheet}, ", 1) if sheet else MAPPING)
    rows = [["Record ID", "Create Date"], ["a", "2025-01-01"]]
    sheets = {"Deals": rows, "2026": rows, "Empty": [], "Title": [["x"]], "Codes & names": [["x"], ["y"]]}
    company.write("crm/people.xlsx", workbook(sheets))
    told = (
        "crm/people.xlsx: only its first sheet is read, not '2026', 'Codes & names': save those as files of their own"
    )
    notes = company.load().notes
    assert [note.startswith(told) for note in notes] == ([] if sheet else [True])


@pytest.mark.parametrize("seed", range(12))
def test_no_workbook_costs_more_than_itself(company: Any, seed: int) -> None:
    luck = random.Random(seed)
    content = bytearray(workbook({"A": [["Record ID", "Create Date"], ["a", dt.datetime(2025, 1, 1)], [1.5, "x"]]}))
    for _ in range(luck.randint(1, 6)):
        content[luck.randrange(len(content))] = luck.randrange(256)
    if seed == 0:
        # One cell in the last row and column: all between them would not fit into any memory.
        far = workbook({"A": [["Record ID", "Create Date"], ["a"]]}, far="XFD1048576")
        content = bytearray(far)
    company.map("crm", MAPPING)
    company.write("crm/people.xlsx", bytes(content))
    company.write("crm/people.csv", text())
    company.load()
    assert ("2",) in company.rows("select lead_id from raw.leads")
    [(read, accounted)] = company.rows(
        "select sum(rows_read), sum(rows_accepted + rows_quarantined) from ops.batch_feeds"
    )
    assert read == accounted
    if seed == 0:
        assert (
            "the file cannot be read as an Excel workbook, or takes too much memory: save it as CSV",
        ) in company.quarantined("detail")


def test_json_lines_and_parquet_are_read_by_the_same_mapping(company: Any) -> None:
    people = [
        {"record id": 1, "Create Date": "2025-03-26", "Name": "Kim", "Company": {"a": 1}, "Shoe size": 38},
        {"Record ID": "2", "Create Date": "2025-03-27T00:00:00Z"},
        {"Record ID": "3", "Create Date": 5},
    ]
    company.map("crm", MAPPING)
    lines = [json.dumps(one, ensure_ascii=False) for one in people]
    company.write("crm/people.jsonl", "\n".join([*lines, "{", '{"Record ID": 1, "Record ID": 2}']))
    pa.parquet.write_table(
        pa.table({"레코드 ID": [11, 12], "생성일": [dt.datetime(2025, 3, 26), None]}),
        company.landing / "crm/people.parquet",
    )
    report = company.load().feeds["leads"]
    assert company.rows(FOUND) == [
        ("1", "2025-03-26", "Kim", '{"a":1}', 1),
        ("11", "2025-03-26", None, None, 1),
        ("2", "2025-03-27", None, None, 2),
    ]
    assert company.quarantined("source, source_row, reason, raw_row") == [
        ("crm/people.jsonl", 3, "invalid_type", lines[2]),
        ("crm/people.jsonl", 4, "unparseable_row", "{"),
        ("crm/people.jsonl", 5, "unparseable_row", '{"Record ID": 1, "Record ID": 2}'),
        ("crm/people.parquet", 2, "missing_required", '{"레코드 ID":12}'),
    ]
    assert report.drifted_columns == ["Shoe size"]


@pytest.mark.parametrize(
    ("name", "content", "detail"),
    [
        ("people.csv", b"a,b\n1,2\n", "the file has none of the columns that its mapping knows; its header is: a,b"),
        (
            "people.csv",
            b"Record ID,Create Date,create date\n1,2,3\n",
            "column create date is in the header more than once",
        ),
        ("people.csv", b"<html><body>no</body></html>\n", "cannot be read: it is a page of HTML or XML"),
        ("people.csv", b"PK\x03\x04 and so on", "an Excel workbook"),
        ("people.xlsx", b"PK\x03\x04 and so on", "export it again, or save it anew in Excel"),
        (
            "people.xlsx",
            workbook({"A": [["Record ID", "Create Date"], ["1", "2025-01-01"]]})[:-99],
            "damaged or cut off",
        ),
        ("people.xlsx", b"", "cannot be read as an Excel workbook: it is empty: export it again"),
        ("people.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "save it as .xlsx, without a password"),
        ("people.xlsx", b"Record ID,Create Date\n1,2025-01-01\n", "let its name end in .csv if it is text"),
        ("people.parquet", b"PAR1 and so on", "cannot be read as Parquet"),
        ("people.csv.gz", b"\x1f\x8b and so on", "cannot be read to its end"),
        (
            "people.csv",
            "Record ID,Name\n1,x\n".encode("utf-16-le")[:-1],
            "cannot be read to its end: it is no utf-16-le",
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_one_row_of_the_first_feed(
    company: Any, name: str, content: bytes, detail: str
) -> None:
    company.map("crm", MAPPING)
    company.write(f"crm/{name}", content)
    report = company.load().feeds["leads"]
    [(feed, source_row, reason, told)] = company.quarantined("feed, source_row, reason, detail")
    assert (feed, source_row, reason) == ("leads", None, "unparseable_row")
    assert detail in told
    assert (report.rows_read, report.rows_quarantined) == (1, 1)


def test_a_header_of_no_encoding_listed_is_told(company: Any) -> None:
    content = "레코드 ID,생성일\n1,2025-01-01\n".encode("cp949")
    assert loaded(company, "people.csv", content, MAPPING.replace("utf-8, utf-16, shift_jis, cp949", "utf-8")) == []
    assert "its header is text of none of the encodings listed: add its own" in company.quarantined("detail")[0][0]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", b"Record ID,Create Date\r\n"])
def test_an_empty_file_is_no_row_and_no_error(company: Any, content: bytes) -> None:
    company.map("crm", MAPPING)
    company.write("crm/people.csv", content)
    company.write("crm/people.jsonl", content if content != b"Record ID,Create Date\r\n" else b"")
    assert company.load().feeds["leads"].rows_read == 0
    assert company.quarantined() == []


def test_of_two_objects_the_one_with_more_letters_takes_a_file(company: Any) -> None:
    other = (
        MAPPING.split("objects:\n")[1]
        .replace("people:", "persons:")
        .replace("people*", '"*people_new*"')
        .replace("lead_id: {column: [Record ID, 레코드 ID]}", "lead_id: {join: [Record ID, {constant: new}]}")
    )
    company.map("crm", MAPPING + other)
    company.write("crm/people_new.csv", "Record ID,Create Date\n1,2025-01-01\n")
    company.write("crm/people_old.csv", "Record ID,Create Date\n2,2025-01-01\n")
    company.write("crm/pepole.csv", "Record ID,Create Date\n3,2025-01-01\n")
    report = company.load()
    assert [row[0] for row in company.rows(FOUND)] == ["1 new", "2"]
    assert [str(file) for file in report.ignored_files] == [
        "crm/pepole.csv (no object of the mapping crm has such a name: people*, *people_new*)"
    ]
