"""DuckDB's reader, where it is trusted, stages what Python's csv stages."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest import csv_files
from ingest.files import LandedFile
from ingest.staging import Staging
from ingest.store import connect

HEADER = "lead_id,created_at,email,note"
ODD_CHARACTERS = ["\0", "é", "'", "\\", "#", "\x1f", "\x0b.", "\u2028."]
CHARACTERS = ["a", " ", "\t", ",", '"', '""', "\n", "\r", "\r\n", *ODD_CHARACTERS, ""]

texts = st.lists(st.sampled_from(CHARACTERS), max_size=4).map("".join)
quoted_fields = texts.map(lambda text: '"' + text.replace('"', '""') + '"')
plain_fields = texts.map(lambda text: "".join(c for c in text if c not in ',"\r\n'))
dates = st.sampled_from(["2025-01-01", '"2025-01-01"', "soon", ""])
careful_rows = st.tuples(quoted_fields | plain_fields, dates, quoted_fields, plain_fields)
sloppy_rows = st.lists(texts | quoted_fields | dates, max_size=5)
rows = (careful_rows | careful_rows | careful_rows | sloppy_rows).map(",".join)
careful_files = st.tuples(
    st.sampled_from(["", "\ufeff"]),
    st.lists(careful_rows.map(",".join), max_size=6),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
).map(lambda parts: parts[0] + parts[2].join([HEADER, *parts[1]]) + parts[2] * parts[3])
sloppy_files = st.tuples(
    st.sampled_from(["", "\ufeff", "\n", " \n"]),
    st.lists(st.tuples(rows, st.sampled_from(["\n", "\n", "\r\n", "\r", "\n\n"]))),
).map(lambda parts: parts[0] + HEADER + "\n" + "".join(row + end for row, end in parts[1]))
files = (careful_files | sloppy_files).map(lambda text: text.encode())


@pytest.fixture(scope="module")
def staging(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staging]:
    connection = connect(tmp_path_factory.mktemp("agreement") / "store.duckdb")
    yield Staging(connection, frozenset())
    connection.close()


@pytest.fixture(scope="module", autouse=True)
def small_files_too() -> Iterator[None]:
    """Let DuckDB have files that are read by Python because they are small."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_files, "_SMALL_BYTES", 0)
        yield


def staged(staging: Staging, file: LandedFile, load: Callable[..., Any]) -> list[tuple[Any, ...]]:
    """What a reader stages of a file; the staging is empty afterwards."""
    load(staging, file)
    staging.flush()
    found = staging.connection.execute(
        "select _source_row, _reason, _detail, _raw, lead_id, created_at, email, _extra "
        "from staging.leads union all select source_row, reason, detail, raw_row, "
        "null, null, null, null from staging.unparseable order by 1"
    ).fetchall()
    staging.forget(file)
    return found


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(content=files)
def test_any_file_is_staged_alike_by_both_readers(
    staging: Staging, tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = Path(tmp_path_factory.getbasetemp()) / "leads.csv"
    path.write_bytes(content)
    file = LandedFile("leads", "leads/leads.csv", path)
    by_either = staged(staging, file, csv_files.load_csv)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_files, "_load_by_duckdb", lambda *_: False)
        by_python = staged(staging, file, csv_files.load_csv)
    assert by_either == by_python


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_well_formed_file_takes_the_fast_way(
    staging: Staging, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line_end: str
) -> None:
    path = tmp_path / "leads.csv"
    lines = [HEADER, 'a,2025-01-01,"x, ""y""\n z",é', "", "b,2025-01-01,,"]
    path.write_bytes(("\ufeff" + line_end.join(lines) + line_end).encode())
    file = LandedFile("leads", "leads/leads.csv", path)
    monkeypatch.setattr(csv_files, "_load_by_python", lambda *_: pytest.fail("the slow way"))
    assert [row[0] for row in staged(staging, file, csv_files.load_csv)] == [1, 2]
