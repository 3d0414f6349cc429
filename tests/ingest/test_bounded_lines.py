"""Lines are split as a whole read would split them, and a line without an end is never held."""

import gzip
import io
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import bounded_lines
from ingest.bounded_lines import MOST_BYTES, batches, beginning, lines

contents = st.lists(st.sampled_from([b"a", b"\n", b"\r\n", b"\xff", b"bcdef"])).map(b"".join)


@given(content=contents, chunk=st.integers(1, 9), chunks=st.integers(1, 3))
def test_lines_are_those_of_the_whole_and_only_the_long_ones_are_cut(content: bytes, chunk: int, chunks: int) -> None:
    most = chunk * chunks
    whole = content.split(b"\n")
    if not whole[-1]:
        whole.pop()
    with patch.multiple(bounded_lines, CHUNK_BYTES=chunk, MOST_BYTES=most):
        found = list(lines(io.BytesIO(content)))
    assert [is_whole for _, is_whole in found] == [len(line) <= most for line in whole]
    for (line, is_whole), expected in zip(found, whole, strict=True):
        assert line == expected if is_whole else expected.startswith(line)


@given(sizes=st.lists(st.integers(0, 8)), most=st.integers(1, 10))
def test_batches_hold_all_rows_in_order_and_no_more_bytes_than_allowed(sizes: list[int], most: int) -> None:
    with patch.multiple(bounded_lines, _BYTES_PER_BATCH=most, _ROWS_PER_BATCH=3):
        found = list(batches(iter(sizes), lambda size: size))
    assert [size for batch in found for size in batch] == sizes
    assert all(len(batch) <= 3 and (len(batch) == 1 or sum(batch) <= most) for batch in found)


def test_the_beginning_of_a_row_is_a_thousand_characters_however_many_bytes() -> None:
    assert beginning(("\ufeff" + "😀" * 2_000).encode()) == "😀" * 1_000
    assert beginning(b"a\xff") == "a\\xff"


@pytest.mark.parametrize(("length", "reasons"), [(MOST_BYTES, {}), (MOST_BYTES + 1, {"unparseable_row": 1})])
def test_a_json_line_may_be_16_mebibytes_long_and_no_longer(company: Any, length: int, reasons: dict[str, int]) -> None:
    def line(lead_id: str, note: str) -> bytes:
        return f'{{"lead_id": "{lead_id}", "created_at": "2025-01-01", "note": "{note}"}}'.encode()

    long = line("b", "x" * (length - len(line("b", ""))))
    assert len(long) == length
    company.write("leads/a.jsonl.gz", gzip.compress(b"\n".join([line("a", ""), long, line("c", "")]), 1))
    report = company.load().feeds["leads"]
    assert (report.rows_read, report.reasons) == (3, reasons)
    if reasons:
        assert company.quarantined() == [(2, "unparseable_row", "is longer than 16 MiB", long.decode()[:1_000])]
