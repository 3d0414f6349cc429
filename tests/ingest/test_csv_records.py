"""Records are split as Python's csv splits them, whatever the chunks, and none is held beyond its limit."""

import csv
import io
from typing import Any
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from ingest import csv_records
from ingest.bounded_lines import MOST_BYTES, TOO_LONG
from ingest.csv_records import records

PIECES = [b"a", b",", b'"', b'""', b"\n", b"\r", b"\r\n", b" ", b"\xff", "é".encode(), b"\0"]
contents = st.lists(st.sampled_from(PIECES), max_size=25).map(b"".join)
limits = st.integers(3, 9).flatmap(lambda chunk: st.tuples(st.just(chunk), st.integers(chunk, 12)))


def by_python(content: bytes) -> list[list[str]]:
    """The records as Python's csv reads the whole text."""
    text = content.decode("utf-8", "surrogateescape")
    return [[csv_records.readable(field) for field in row] for row in csv.reader(io.StringIO(text, ""))]


def comparable(rows: list[list[str]]) -> list[list[str]]:
    """Rows without blank ones; line ends behind an unclosed quote are no part of a record's own text."""
    cut = [[*row[:-1], row[-1].rstrip("\r\n")] for row in rows if row]
    return [row for row in cut if len(row) > 1 or row[0].strip()]


@given(content=contents, chunk=st.integers(3, 9))
def test_records_are_those_of_pythons_csv_whatever_the_chunks(content: bytes, chunk: int) -> None:
    with patch.object(csv_records, "CHUNK_BYTES", chunk):
        found = [record.fields for record in records(io.BytesIO(content))]
    assert comparable(found) == comparable(by_python(content))


@given(content=contents, limits=limits)
def test_a_record_that_is_too_long_costs_no_neighbour(content: bytes, limits: tuple[int, int]) -> None:
    chunk, most = limits
    whole = [split for split in csv_records._split(io.BytesIO(content)) if split[0]]
    with patch.multiple(csv_records, CHUNK_BYTES=chunk, MOST_BYTES=most, _MOST_HELD=most + 2):
        found = [split for split in csv_records._split(io.BytesIO(content)) if split[0]]
    assert len(found) == len(whole)
    for (text, fault), (expected, expected_fault) in zip(found, whole, strict=True):
        assert fault == (expected_fault or (TOO_LONG if len(expected) > most else None))
        assert text == expected if fault is None else expected.startswith(text[:chunk].rstrip(b"\r\n"))


def test_a_row_may_be_16_mebibytes_long_and_no_longer(company: Any) -> None:
    header = b"lead_id,created_at,note\n"
    rows = []
    for number, length in enumerate([MOST_BYTES, MOST_BYTES + 1, 20]):
        start = b'%d,2025-01-01,"' % number
        rows.append(start + b"x" * (length - len(start) - 1) + b'"')
    company.write("leads/a.csv", header + b"\r\n".join(rows) + b"\r\n")
    report = company.load().feeds["leads"]
    assert company.rows("select lead_id, length(_extra) from raw.leads order by lead_id") == [
        ("0", MOST_BYTES - len('0,2025-01-01,""') + len('{"note":""}')),
        ("2", 20 - len('2,2025-01-01,""') + len('{"note":""}')),
    ]
    assert company.quarantined() == [(2, "unparseable_row", "is longer than 16 MiB", rows[1].decode()[:1_000])]
    assert report.rows_read == 3


def test_an_unclosed_quote_over_much_is_one_row_of_its_beginning(company: Any) -> None:
    rest = 'b,2025-01-01,"' + "y,\n" * 2_000
    company.write("leads/a.csv", f"lead_id,created_at,note\na,2025-01-01,\n{rest}")
    company.load()
    assert company.rows("select lead_id from raw.leads") == [("a",)]
    assert company.quarantined() == [(2, "unparseable_row", "a quote is not closed", rest[:1_000])]
