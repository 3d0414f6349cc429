"""A file is read once; of one whose rows older rules refused, what they refused is read once more."""

from typing import Any

import pytest

from ingest import known_origins
from ingest.store import connect

IDS = "select lead_id, email, _source_row, _batch_id from raw.leads order by all"


def forget_rules(company: Any) -> None:
    """Make the store one of the release before, whose log of files knew no rules."""
    connection = connect(company.store)
    connection.execute("alter table ops.files drop column rules_version; alter table ops.files drop rows_quarantined")
    connection.close()


def newer_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the rules change."""
    monkeypatch.setattr(known_origins, "RULES_VERSION", known_origins.RULES_VERSION + 1)


@pytest.mark.parametrize("is_older_store", [True, False])
def test_a_file_with_refused_rows_is_read_once_more_under_newer_rules(
    company: Any, monkeypatch: pytest.MonkeyPatch, is_older_store: bool
) -> None:
    company.write("leads/good.csv", "lead_id,created_at\na,2025-01-01\n")
    company.write("leads/mixed.csv", "lead_id,created_at,email\nb,2025-01-01,old@b\nc,soon,\n")
    company.write("leads/whole.jsonl.gz", b"no gzip")
    first = company.load().feeds["leads"]
    assert (first.rows_read, first.rows_quarantined) == (4, 2)
    assert company.rows("select source, rows_read, rows_quarantined from ops.files order by source") == [
        ("leads/good.csv", 1, 0),
        ("leads/mixed.csv", 2, 1),
        ("leads/whole.jsonl.gz", 1, 1),
    ]
    assert company.load().feeds["leads"].files == []
    if is_older_store:
        forget_rules(company)
    else:
        newer_rules(monkeypatch)
    again = company.load().feeds["leads"]
    assert again.files == ["leads/mixed.csv", "leads/whole.jsonl.gz"]
    assert (again.rows_read, again.rows_accepted, again.rows_quarantined) == (3, 1, 2)
    assert company.load().feeds["leads"].files == []


def refuse_before(company: Any, source: str, source_row: int | None) -> None:
    """Say of a row that is in raw that it was refused when its file was read first."""
    connection = connect(company.store)
    connection.execute(
        "delete from raw.leads where _source = $source and ($row is null or _source_row = $row)",
        {"source": source, "row": source_row},
    )
    connection.execute(
        "insert into raw.quarantine (feed, source, source_row, batch_id) "
        "select feed, source, $row, batch_id from ops.files where source = $source",
        {"source": source, "row": source_row},
    )
    connection.close()
    forget_rules(company)


def test_only_what_was_refused_is_stored_so_that_nothing_older_comes_back(company: Any) -> None:
    company.write("leads/a.csv", "lead_id,created_at,email\na,2025-01-01,old@a\nb,2025-01-01,old@b\n")
    company.load()
    company.write("leads/b.csv", "lead_id,created_at,email\na,2025-01-01,new@a\n")
    company.load()
    refuse_before(company, "leads/a.csv", 2)
    report = company.load().feeds["leads"]
    assert (report.rows_read, report.rows_accepted) == (2, 2)
    assert company.rows(IDS) == [
        ("a", "new@a", 1, "batch-2"),
        ("a", "old@a", 1, "batch-1"),
        ("b", "old@b", 2, "batch-3"),
    ]


def test_of_a_file_that_was_refused_whole_every_row_is_stored(company: Any) -> None:
    company.write("leads/a.csv", "lead_id,created_at,email\na,2025-01-01,\nb,2025-01-01,\n")
    company.load()
    refuse_before(company, "leads/a.csv", None)
    assert company.load().feeds["leads"].rows_accepted == 2
    assert [batch for *_, batch in company.rows(IDS)] == ["batch-2", "batch-2"]


def test_a_file_in_which_older_rules_found_nothing_is_looked_at_once_more(company: Any) -> None:
    company.write("leads/a.csv", "lead_id,created_at\n")
    company.load()
    forget_rules(company)
    assert [company.load().feeds["leads"].files for _ in range(2)] == [["leads/a.csv"], []]
