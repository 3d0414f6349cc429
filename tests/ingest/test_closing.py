"""What closes a quarantined row: its key come in good since, its file read whole, or a person."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingest.closing import OPEN, close_read, close_source
from ingest.origins import Origin, UnreadableError
from ingest.store import connect

HEADER = "lead_id,created_at,email\n"
GOOD, BAD = "2025-01-01", "no day"
UNCLOSED_QUOTE = '"never closed\n'


def is_open(company: Any) -> list[tuple[str, int | None]]:
    return company.rows(f"select source, source_row from raw.quarantine where {OPEN} order by all")


def test_a_row_is_open_until_its_key_comes_in_good(company: Any) -> None:
    company.write("leads/a.csv", f"{HEADER}ada,{BAD},x\nben,{BAD},x\n")
    company.load()
    company.load()
    assert is_open(company) == [("leads/a.csv", 1), ("leads/a.csv", 2)]
    company.write("leads/b.csv", f"{HEADER}ada,{GOOD},y\n")
    company.load(now := datetime(2026, 2, 1, tzinfo=UTC))
    assert is_open(company) == [("leads/a.csv", 2)]
    assert company.rows("select row_key, closed_at from raw.quarantine where closed_at is not null") == [("ada", now)]


def test_a_key_that_comes_in_good_and_says_nothing_new_closes_its_row_too(company: Any) -> None:
    company.write("leads/a.csv", f"{HEADER}ada,{GOOD},x\n")
    company.load()
    company.write("leads/b.csv", f"{HEADER}ada,{BAD},x\n")
    company.load()
    assert is_open(company) == [("leads/b.csv", 1)]
    company.write("leads/c.csv", f"{HEADER}ada,{GOOD},x\n# another file\n")
    company.load()
    assert company.rows("select count(*) from raw.leads") == [(1,)]
    assert ("leads/b.csv", 1) not in is_open(company)


@pytest.mark.parametrize(
    ("first", "second", "left"),
    [(BAD, GOOD, []), (GOOD, BAD, [("leads/a.csv", 2)])],
    ids=["good after bad", "bad after good"],
)
def test_within_a_batch_what_comes_after_counts(company: Any, first: str, second: str, left: list) -> None:
    company.write("leads/a.csv", f"{HEADER}ada,{first},x\nada,{second},x\n")
    company.load()
    assert is_open(company) == left


def test_the_files_of_a_batch_come_in_the_order_of_their_names(company: Any) -> None:
    company.write("leads/a.csv", f"{HEADER}x,{GOOD},x\nx2,{GOOD},x\nada,{BAD},x\n")
    company.write("leads/b.csv", f"{HEADER}ada,{GOOD},x\n")
    company.load()
    assert is_open(company) == []


def test_the_key_of_another_feed_closes_nothing(company: Any) -> None:
    company.write("leads/a.csv", f"{HEADER}same,{BAD},x\n")
    company.write("activities/a.csv", f"activity_id,lead_id,activity_type,occurred_at\nsame,x,call,{GOOD}\n")
    company.load()
    company.write("activities/b.csv", f"activity_id,lead_id,activity_type,occurred_at\nsame,y,call,{GOOD}\n")
    company.load()
    assert is_open(company) == [("leads/a.csv", 1)]


def test_a_row_without_a_key_is_open_until_a_later_file_of_its_path_is_whole(company: Any) -> None:
    company.write("leads/a.csv", f"{HEADER}ada,{GOOD},x\n{UNCLOSED_QUOTE}")
    company.load()
    company.write("leads/other.csv", f"{HEADER}ben,{GOOD},x\n")
    company.write("leads/a.csv", f"{HEADER}ada,{GOOD},y\n{UNCLOSED_QUOTE}")
    company.load()
    assert is_open(company) == [("leads/a.csv", 2), ("leads/a.csv", 2)]
    company.write("leads/a.csv", f"{HEADER}ada,{GOOD},z\nben,{BAD},z\n")
    company.load()
    assert company.rows(f"select row_key from raw.quarantine where {OPEN}") == [("ben",)]


def test_a_file_refused_whole_is_open_until_it_comes_in_whole(company: Any) -> None:
    company.write("leads/a.parquet", b"PAR1 and no more")
    company.load()
    assert is_open(company) == [("leads/a.parquet", None)]
    company.load()
    assert is_open(company) == [("leads/a.parquet", None)]
    pq.write_table(pa.table({"lead_id": ["ada"], "created_at": [GOOD]}), company.landing / "leads" / "a.parquet")
    company.load()
    assert is_open(company) == []


def test_a_file_read_once_more_answers_for_its_rows_under_whatever_name(company: Any) -> None:
    company.write("leads/a.csv", f"{HEADER}ada,{BAD},x\n,{GOOD},x\n{UNCLOSED_QUOTE}")
    company.write("leads/b.csv", f"{HEADER}ben,{BAD},x\n")
    company.load()
    [(digest,)] = company.rows("select sha256 from ops.files where source = 'leads/a.csv'")
    connection = connect(company.store)
    again = Origin("leads", "leads/renamed.csv")
    close_read(connection, [(again, digest)], {"batch_id": "batch-2", "loaded_at": datetime(2026, 2, 1, tzinfo=UTC)})
    connection.close()
    assert is_open(company) == [("leads/b.csv", 1)]


def test_a_path_at_which_what_was_whole_lies_again_is_closed(company: Any) -> None:
    whole, broken = f"{HEADER}ada,{GOOD},x\n", f"{HEADER}ada,{GOOD},x\n{UNCLOSED_QUOTE}"
    for content, left in ((whole, 0), (broken, 1), (broken, 1), (whole, 0)):
        company.write("leads/a.csv", content)
        company.load()
        assert len(is_open(company)) == left


def test_a_broken_file_that_stays_is_not_closed_by_being_skipped(company: Any) -> None:
    company.write("leads/a.csv", f"{HEADER}{UNCLOSED_QUOTE}")
    company.load()
    company.write("leads/same.csv", f"{HEADER}{UNCLOSED_QUOTE}")
    company.load()
    assert is_open(company) == [("leads/a.csv", 1)]


def test_a_file_that_is_as_broken_as_another_one_of_the_batch_is_not_closed(company: Any) -> None:
    company.write("leads/b.csv", f"{HEADER}{UNCLOSED_QUOTE}")
    company.load()
    for name in ("a", "b"):
        company.write(f"leads/{name}.csv", f"{HEADER}ada,{GOOD},x\n{UNCLOSED_QUOTE}")
    company.load()
    assert is_open(company) == [("leads/a.csv", 2), ("leads/b.csv", 1)]


def test_a_file_and_a_folder_that_could_not_be_read_for_a_while_are_closed(
    company: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    company.write("leads/sub/a.csv", f"{HEADER}ada,{GOOD},x\n")
    company.load()

    def refuse(path: Path) -> str:
        raise UnreadableError("cannot be read: Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr("ingest.file_reader.sha256", refuse)
        company.load()
        company.load()
    with connect(company.store) as connection:
        connection.execute(
            "insert into raw.quarantine (feed, source, batch_id, loaded_at, reason, detail) "
            "values ('leads', 'leads/sub', 'batch-x', now(), 'unparseable_row', 'the folder cannot be listed')"
        )
    assert is_open(company) == [("leads/sub", None), *[("leads/sub/a.csv", None)] * 2]
    company.load()
    assert is_open(company) == []


def test_a_row_of_an_erased_lead_is_never_open(company: Any) -> None:
    company.write("leads/a.csv", f"{HEADER}ada,{BAD},x\n")
    company.load()
    with duckdb.connect(str(company.store)) as connection:
        connection.execute("update raw.quarantine set reason = 'erased'")
    assert is_open(company) == []


def test_a_person_closes_a_source(company: Any) -> None:
    company.write("leads/a.csv", f"{HEADER}ada,{BAD},x\nben,{BAD},x\n")
    company.write("leads/b.csv", f"{HEADER}cem,{BAD},x\n")
    company.load()
    connection = connect(company.store)
    assert close_source(connection, "leads/a.csv", None, datetime(2026, 3, 1, tzinfo=UTC)) == {"leads": 2}
    assert close_source(connection, "leads/b.csv", "activities", datetime(2026, 3, 1, tzinfo=UTC)) == {}
    connection.close()
    assert is_open(company) == [("leads/b.csv", 1)]
