"""What the contract says of CSV files."""

import gzip
import json
import time
from typing import Any

import pytest

from ingest import csv_files

HEADER = "lead_id,created_at,email\n"
IDS = "select lead_id, _source_row from raw.leads order by _source_row"


@pytest.mark.parametrize(
    "content",
    [
        "lead_id,created_at\na,2025-01-01\nb,2025-01-01\n",
        "lead_id,created_at\r\na,2025-01-01\r\nb,2025-01-01\r\n",
        "lead_id,created_at\ra,2025-01-01\rb,2025-01-01\r",
        "lead_id,created_at\na,2025-01-01\r\nb,2025-01-01\r",
        "\ufefflead_id,created_at\na,2025-01-01\nb,2025-01-01",
        '\ufeff"lead_id",created_at\n"a",2025-01-01\nb,"2025-01-01"',
        "\n \nlead_id,created_at\n\n\na,2025-01-01\n   \n\r\nb,2025-01-01\n\n",
        " created_at ,\tlead_id\n2025-01-01,a\n2025-01-01,b\n",
    ],
)
def test_line_ends_marks_blank_lines_and_the_order_of_columns_do_not_matter(company: Any, content: str) -> None:
    company.write("leads/a.csv", content)
    company.load()
    assert company.rows(IDS) == [("a", 1), ("b", 2)]
    assert company.quarantined() == []


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ('"a, ""b"""', 'a, "b"'),
        ('say "hi"', 'say "hi"'),
        ('a"', 'a"'),
        ('  "a"', '"a"'),
        ('"a\r\nb\n\rc"', "a\r\nb\n\rc"),
        ("'a'", "'a'"),
        ("a\\", "a\\"),
        ("#a", "#a"),
        ('""', None),
        ("x" * 3_000_000, "x" * 3_000_000),
    ],
)
def test_a_field_is_what_rfc_4180_says(company: Any, field: str, expected: str | None) -> None:
    company.write("leads/a.csv", f"{HEADER}a,2025-01-01,{field}\nb,2025-01-01,\n")
    company.load()
    assert company.rows("select email from raw.leads order by lead_id") == [(expected,), (None,)]


@pytest.mark.parametrize(
    ("row", "detail", "raw_row"),
    [
        (b"b,2025-01-01", "2 fields where the header has 3", "b,2025-01-01"),
        (b"b,2025-01-01,,", "4 fields where the header has 3", "b,2025-01-01,,"),
        (
            b'"b,2025-01-01,"',
            "1 field where the header has 3: one of them holds 3 in quotes, "
            "as a spreadsheet saves a line that it took for one cell",
            '"b,2025-01-01,"',
        ),
        (b"b,2025-01-01,\xff", "is no valid UTF-8", "b,2025-01-01,\\xff"),
    ],
)
def test_a_row_that_cannot_be_told_apart_costs_no_neighbour(
    company: Any, row: bytes, detail: str, raw_row: str
) -> None:
    company.write("leads/a.csv", HEADER.encode() + b"a,2025-01-01,\n" + row + b"\nc,2025-01-01,\n")
    report = company.load().feeds["leads"]
    assert company.rows(IDS) == [("a", 1), ("c", 3)]
    assert company.quarantined() == [(2, "unparseable_row", detail, raw_row)]
    assert (report.rows_read, report.rows_accepted, report.rows_quarantined) == (3, 2, 1)


def test_an_unclosed_quote_is_one_row_of_all_that_follows(company: Any) -> None:
    rest = 'b,"2025-01-01,\nc,2025-01-01,\nd,2025-01-01,'
    company.write("leads/a.csv", f"{HEADER}a,2025-01-01,\n{rest}\n")
    company.load()
    assert company.rows(IDS) == [("a", 1)]
    assert company.quarantined() == [(2, "unparseable_row", "a quote is not closed", rest)]


@pytest.mark.parametrize("small_bytes", [0, 1_000])
def test_a_bad_row_keeps_its_own_text_also_on_the_fast_way(
    company: Any, monkeypatch: pytest.MonkeyPatch, small_bytes: int
) -> None:
    monkeypatch.setattr(csv_files, "_SMALL_BYTES", small_bytes)
    bad = 'b,soon,"x,\n""y"""'
    company.write("leads/a.csv", f"{HEADER}\na,2025-01-01,\n{bad}\nc,2025-01-01,\n")
    company.load()
    assert company.quarantined() == [(2, "invalid_type", "created_at: 'soon' is no timestamp", bad)]


def test_a_missing_required_column_quarantines_every_row(company: Any) -> None:
    company.write("leads/a.csv", "lead_id,email\na,\n,x\n")
    company.load()
    assert company.quarantined() == [
        (1, "missing_required", "created_at is no column of the file", "a,"),
        (2, "missing_required", "lead_id is empty", ",x"),
    ]


def test_names_are_exact(company: Any) -> None:
    company.write("leads/a.csv", "Lead_ID,created_at\na,2025-01-01\n")
    report = company.load().feeds["leads"]
    assert company.quarantined("detail") == [("lead_id is no column of the file",)]
    assert report.drifted_columns == ["Lead_ID"]


def test_a_doubled_column_makes_every_row_unparseable(company: Any) -> None:
    company.write("leads/a.csv", "lead_id,created_at, lead_id\na,2025-01-01,b\nc\n")
    company.load()
    detail = "column lead_id is in the header more than once"
    assert company.quarantined() == [
        (1, "unparseable_row", detail, "a,2025-01-01,b"),
        (2, "unparseable_row", detail, "c"),
    ]


@pytest.mark.parametrize("content", ["", "\ufeff", "\n\n", HEADER, HEADER.strip(), "lead_id\n", ",created_at,x,x\n"])
def test_no_rows_are_no_error(company: Any, content: str) -> None:
    company.write("leads/a.csv", content)
    assert company.load().feeds["leads"].rows_read == 0


def test_further_columns_are_kept_and_reported(company: Any) -> None:
    company.write("leads/a.csv", 'lead_id,z,created_at,"a""b"\na, 1 ,2025-01-01,\nb,,2025-01-01,"x\ny"\n')
    report = company.load().feeds["leads"]
    assert company.rows("select _extra from raw.leads order by lead_id") == [
        ('{"z":"1"}',),
        ('{"a\\"b":"x\\ny"}',),
    ]
    assert report.drifted_columns == ['a"b', "z"]
    assert company.rows("select feed, drifted_columns from ops.batch_feeds order by feed") == [
        ("activities", None),
        ("contracts", None),
        ("leads", 'a"b,z'),
    ]


def test_columns_without_a_name_are_named_by_their_place(company: Any) -> None:
    company.write("leads/a.csv", "lead_id,,created_at,  ,\u3000\na,,2025-01-01,x,\nb,1,2025-01-01,,2\n")
    report = company.load().feeds["leads"]
    assert report.drifted_columns == ["column_2", "column_4", "column_5"]
    assert company.rows("select _extra from raw.leads order by lead_id") == [
        ('{"column_4":"x"}',),
        ('{"column_2":"1","column_5":"2"}',),
    ]


def test_a_column_that_has_the_name_of_a_nameless_one_costs_no_row(company: Any) -> None:
    company.write("leads/a.csv", "lead_id,created_at,,column_3\na,2025-01-01,x,y\n")
    company.load()
    assert company.rows("select _extra from raw.leads") == [('{"column_3":"y"}',)]


def test_a_header_alone_that_names_no_required_column_is_one_row(company: Any) -> None:
    company.write("leads/a.csv", "Lead Number,Created\n\n")
    report = company.load().feeds["leads"]
    detail = "lead_id is no column of the file"
    assert company.quarantined() == [(None, "missing_required", detail, "Lead Number,Created")]
    assert (report.rows_read, report.reasons) == (1, {"missing_required": 1})


@pytest.mark.parametrize(
    ("content", "detail", "raw_row"),
    [
        (b"lead_id,created_at,n\xe4me\na,2025-01-01,x\n", "cannot be read: its header is no valid UTF-8", None),
        (b'lead_id,"created_at\na,2025-01-01\n', "a quote is not closed", 'lead_id,"created_at\na,2025-01-01'),
        (b"lead_id,created_at," + b"x" * 2**24 + b"\na,2025-01-01,x\n", "is longer than 16 MiB", "x" * 981),
    ],
)
def test_a_header_that_cannot_be_read_costs_the_file(
    company: Any, content: bytes, detail: str, raw_row: str | None
) -> None:
    company.write("leads/a.csv", content)
    company.load()
    ((row, reason, found, raw),) = company.quarantined()
    assert (row, reason) == (None, "unparseable_row")
    assert detail in found
    assert raw == raw_row or raw.endswith(raw_row)


def test_what_is_no_text_in_an_extra_column_stays_an_extra(company: Any) -> None:
    company.write("leads/a.csv", "lead_id,created_at,no\0te\na,2025-01-01,\0x\x01\n")
    company.load()
    assert company.rows("select _extra from raw.leads") == [('{"no\\u0000te":"\\u0000x\\u0001"}',)]


def test_a_row_without_further_values_has_no_extra(company: Any) -> None:
    company.write("leads/a.csv", "lead_id,created_at,z\na,2025-01-01,\n")
    company.load()
    assert company.rows("select _extra from raw.leads") == [(None,)]


def test_gzip_is_read_to_its_last_member(company: Any) -> None:
    first = gzip.compress(f"{HEADER}a,2025-01-01,\n".encode())
    company.write("leads/a.csv.gz", first + gzip.compress(b"b,2025-01-01,\n"))
    company.load()
    assert company.rows(IDS) == [("a", 1), ("b", 2)]


def test_row_numbers_are_exact_in_a_file_of_many_blocks(company: Any) -> None:
    rows = [f'{n},2025-01-01,"{"x" * 30}\n{n}"' for n in range(1, 120_001)]
    rows[70_000] = '70001,soon,""'
    company.write("leads/a.csv", HEADER + "\n".join(rows))
    company.load()
    assert company.rows("select count(*) from raw.leads where lead_id <> _source_row") == [(0,)]
    assert company.quarantined("source_row, raw_row") == [(70_001, '70001,soon,""')]


@pytest.mark.parametrize("count", [200, 2_000])
def test_many_columns_cost_in_proportion(company: Any, monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    monkeypatch.setattr(csv_files, "_SMALL_BYTES", 0)
    extras = [f"x{n}" for n in range(count)]
    rows = [f"a,2025-01-01{',1' * count}", f"b,soon{',2' * count}", f"c,2025-01-01{',  ' * count}"]
    company.write("leads/a.csv", "\n".join([",".join(["lead_id,created_at", *extras]), *rows]))
    begun = time.process_time()
    report = company.load().feeds["leads"]
    assert time.process_time() - begun < 5
    assert (report.rows_accepted, report.reasons) == (2, {"invalid_type": 1})
    (first,), (second,) = company.rows("select _extra from raw.leads order by lead_id")
    assert json.loads(first) == dict.fromkeys(sorted(extras), "1")
    assert second is None
    assert company.quarantined("raw_row") == [(rows[1],)]
