"""Whatever bytes under whatever names land, a batch ends, its accounts sum up, and the neighbours load."""

import gzip
import io
import os
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.parquet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

HEADER = "lead_id,created_at,email,employee_count,note"
ROWS = ["a,2025-01-01,a@x.com,5,hello", 'b,soon,"b@x.com",-1,"two\nlines, ""quoted"""', "c,2025-01-02,,,"]
CSV = "\n".join([HEADER, *ROWS]).encode()
JSONL = b"\n".join(
    [
        b'{"lead_id": "a", "created_at": "2025-01-01", "employee_count": 5, "note": {"deep": [1, 2.5, null]}}',
        b'{"lead_id": 1e3, "created_at": "soon", "note": "\\ud83d\\ude00"}',
        b'{"lead_id": "c", "created_at": "2025-01-02T00:00:00Z", "opted_out": true}',
    ]
)


def parquet() -> bytes:
    """Three leads as Parquet."""
    content = io.BytesIO()
    leads = {"lead_id": ["a", "b", "c"], "created_at": ["2025-01-01", "soon", None], "note": [b"\xff", b"", None]}
    pa.parquet.write_table(pa.table(leads), content)
    return content.getvalue()


CONTENTS = {"csv": CSV, "jsonl": JSONL, "parquet": parquet(), "csv.gz": CSV, "jsonl.gz": JSONL}
NEIGHBOUR = "lead_id,created_at\nneighbour,2025-01-01\n"

edits = st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 40), st.binary(max_size=6)), max_size=4)
endings = st.sampled_from([*CONTENTS, "CSV", "Jsonl.GZ", "txt"])
name_bytes = st.binary(min_size=1, max_size=20).map(lambda name: name.replace(b"/", b"-").replace(b"\0", b"0"))
folders = st.lists(name_bytes, max_size=2)


@st.composite
def landed_files(draw: st.DrawFn) -> tuple[list[bytes], bytes, bytes]:
    """A file's folders, its name, and bytes that began as a good file of some format."""
    content = CONTENTS[draw(st.sampled_from([*CONTENTS]))]
    for place, length, put in draw(edits):
        start = place % (len(content) + 1)
        content = content[:start] + put + content[start + length :]
    if draw(st.booleans()):
        content = gzip.compress(content, mtime=0)
    return draw(folders), draw(name_bytes) + b"." + draw(endings).encode(), content


def land(company: Any, folders: list[bytes], name: bytes, content: bytes) -> None:
    """Write a file, unless the drawn name is one of the file system's own or taken by another kind."""
    path = company.landing / "leads"
    for part in [*folders, name]:
        path = path / os.fsdecode(part if part.strip(b".") else b"dots")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except (FileExistsError, NotADirectoryError, IsADirectoryError):
        return


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(files=st.lists(landed_files(), min_size=1, max_size=6))
def test_a_batch_ends_its_accounts_sum_up_and_the_neighbours_load(make_company: Callable[[], Any], files: Any) -> None:
    company = make_company()
    company.write("leads/neighbour.csv", NEIGHBOUR)
    for folders, name, content in files:
        land(company, folders, name, content)
    report = company.load().feeds["leads"]
    assert report.rows_read == report.rows_accepted + report.rows_quarantined
    assert (company.rows("select count(*) from raw.leads where lead_id = 'neighbour'")) == [(1,)]
    assert company.rows("select sum(rows_read), sum(rows_quarantined) from ops.files") == [
        (report.rows_read, report.rows_quarantined)
    ]
    assert company.rows("select count(*) from raw.quarantine") == [(report.rows_quarantined,)]
    assert company.load().feeds["leads"].rows_read == 0
