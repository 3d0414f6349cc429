"""A file that is something else says in one line what it is and how to save it."""

import gzip
import io
import zipfile
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest

GOOD = "lead_id,created_at\ngood,2025-01-01\n"
TEXT = "lead_id,created_at\na,2025-01-01\nb,2025-01-01\n"


def workbook() -> bytes:
    """A ZIP archive as a spreadsheet writes it, its entries stored."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", "<worksheet/>")
    return content.getvalue()


def parquet() -> bytes:
    """A small Parquet file."""
    content = io.BytesIO()
    pa.parquet.write_table(pa.table({"lead_id": ["a"]}), content)
    return content.getvalue()


BINARY = {
    "gzip": (gzip.compress(TEXT.encode()), "compressed with gzip: let its name end in .gz"),
    "workbook": (workbook(), "an Excel workbook or another ZIP archive: save it as CSV UTF-8"),
    "old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "an old Excel workbook"),
    "parquet": (parquet(), "it is Parquet: let its name end in .parquet"),
    "utf-16": (TEXT.encode("utf-16"), "it is UTF-16, as Excel's Unicode Text is: save it as CSV UTF-8"),
    "utf-16-le": (TEXT.encode("utf-16-le"), "it is UTF-16"),
    "utf-16-be": (TEXT.encode("utf-16-be"), "it is UTF-16"),
    "unicode text": (TEXT.replace(",", "\t").encode("utf-16"), "it is UTF-16"),
    "rubbish": (bytes(range(256)) * 20, ""),
    "zeros": (bytes(1_000), ""),
}


@pytest.mark.parametrize("ending", ["csv", "jsonl", "csv.gz", "jsonl.gz"])
@pytest.mark.parametrize("kind", BINARY)
def test_a_file_that_is_no_text_is_refused_whole(company: Any, kind: str, ending: str) -> None:
    content, explanation = BINARY[kind]
    company.write(f"leads/a.{ending}", gzip.compress(content) if ending.endswith("gz") else content)
    company.write("leads/z.csv", GOOD)
    company.load()
    assert company.rows("select lead_id from raw.leads") == [("good",)]
    if ending.startswith("csv") or explanation:
        ((row, reason, detail),) = company.quarantined("source_row, reason, detail")
        assert (row, reason) == (None, "unparseable_row")
        assert detail.startswith("the file cannot be read: ")
        assert explanation in detail
    else:
        assert company.quarantined("distinct reason") == [("unparseable_row",)]


@pytest.mark.parametrize("line", [b"\xff\xfe", b"\0\0\0\0\0\0", b"\0"])
def test_a_json_line_of_rubbish_costs_no_neighbour(company: Any, line: bytes) -> None:
    good = b'{"lead_id": "good", "created_at": "2025-01-01"}'
    company.write("leads/a.jsonl", line + b"\n" + good + b"\n" + line)
    company.load()
    assert company.rows("select lead_id from raw.leads") == [("good",)]
    assert company.quarantined("source_row, reason") == [(1, "unparseable_row"), (3, "unparseable_row")]


def test_a_gz_that_is_none_is_refused_whole(company: Any) -> None:
    company.write("leads/a.csv.gz", TEXT)
    company.load()
    assert company.quarantined("source_row, reason") == [(None, "unparseable_row")]


TRACES = {
    "semicolons": (TEXT.replace(",", ";"), "is separated by semicolons: save it as CSV UTF-8 (comma delimited)"),
    "tabs": (TEXT.replace(",", "\t"), "is separated by tabs: save it as CSV UTF-8 (comma delimited)"),
    "bars": (TEXT.replace(",", "|"), "is separated by bars"),
    "sep": (f"sep=,\n{TEXT}", "begins with a line for Excel, sep=,: save it as CSV UTF-8"),
    "sep and semicolons": ("sep=;\n" + TEXT.replace(",", ";"), "begins with a line for Excel, sep=;"),
    "quoted whole": ('"lead_id,created_at"\n"a,2025-01-01"\n', "has each line in quotes"),
    "other columns": ("Lead ID;Created\n1;2025-01-01\n2;2025-01-01,5\n", "is separated by semicolons"),
    "page": ("<html>\n<table>\n<tr><td>a, b</td></tr>\n</html>\n", "is a page of HTML or XML"),
    "json": ('[{"lead_id": "a"},\n{"lead_id": "b"}]\n', "is JSON: write one object a line"),
    "decimal commas": ("lead_id;created_at;cost\na;2025-01-01;1,5\n", "is separated by semicolons"),
}


@pytest.mark.parametrize("kind", TRACES)
def test_a_spreadsheets_traces_are_explained_on_every_row(company: Any, kind: str) -> None:
    content, explanation = TRACES[kind]
    company.write("leads/a.csv", content)
    company.write("leads/z.csv", GOOD)
    report = company.load().feeds["leads"]
    assert company.rows("select lead_id from raw.leads") == [("good",)]
    # The contract governs the counts: each line below the header is a row.
    assert report.rows_quarantined == content.count("\n") - 1
    assert set(report.reasons) <= {"missing_required", "unparseable_row"}
    for (detail,) in company.quarantined("detail"):
        assert explanation in detail
        assert "\n" not in detail


def test_a_header_alone_with_semicolons_is_explained(company: Any) -> None:
    company.write("leads/a.csv", "lead_id;created_at\n")
    company.load()
    assert company.quarantined("source_row, reason, detail") == [
        (
            None,
            "missing_required",
            "lead_id is no column of the file, which is separated by semicolons: "
            "save it as CSV UTF-8 (comma delimited)",
        )
    ]


def test_a_file_of_another_shape_is_no_trace(company: Any) -> None:
    company.write("leads/a.csv", "Number,Created\n1,2025-01-01\n")
    company.load()
    assert company.quarantined("detail") == [("lead_id is no column of the file",)]
