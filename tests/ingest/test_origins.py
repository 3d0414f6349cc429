"""A table is one more origin: whatever has rows and knows itself again comes in as a file does."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from ingest import load
from ingest.feeds import FEEDS
from ingest.origins import Account, GoneError, Origin, Reader, UnreadableError
from ingest.staging import Staging, rows_table

LEADS = FEEDS["leads"]
ADA = {"lead_id": "ada", "created_at": "2025-01-01", "shoe_size": "38"}
BEN = {"lead_id": "ben", "created_at": "2025-01-01"}
BAD = {"lead_id": "cem", "created_at": "no day"}


@dataclass
class Table:
    """Rows of a system far away, with the number of their last change."""

    rows: list[dict[str, str]]
    version: int = 1
    origin: Origin = field(default_factory=lambda: Origin("leads", "crm.leads"))
    kind: str = "table"
    read: int = 0
    harm: Callable[["Table"], None] = field(default=lambda table: None)

    @property
    def origins(self) -> list[Origin]:
        return [self.origin]

    def state(self) -> int:
        return self.version

    def read_with(self) -> frozenset[str]:
        return frozenset()

    def fingerprint(self) -> str:
        if self.version < 0:
            raise GoneError("went away")
        if not self.version:
            raise UnreadableError("cannot be read: no such user")
        return f"crm.leads {self.version}"

    def stage(self, staging: Staging) -> Account:
        self.read += 1
        self.harm(self)
        names = [name for name in LEADS.column_names if any(name in row for row in self.rows)]
        texts = [[row.get(name) for row in self.rows] for name in LEADS.column_names]
        numbers = list(range(1, len(self.rows) + 1))
        raw = [str(row) for row in self.rows]
        staging.add_rows(self.origin, names, rows_table(LEADS, texts, numbers, [None] * len(raw), raw))
        return Account(sorted({name for row in self.rows for name in row} - set(LEADS.column_names)))


Read = Callable[[Reader], load.BatchReport]


@pytest.fixture
def read(company: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Read]:
    """Load a batch of a landing folder that holds one lead, and of one more origin."""
    company.write("leads/a.csv", "lead_id,created_at\nfile,2025-01-01\n")
    files = load._readers

    def batch(reader: Reader) -> load.BatchReport:
        monkeypatch.setattr(load, "_readers", lambda found, folder: [*files(found, folder), reader])
        return company.load()

    return batch


def ids(company: Any) -> list[str]:
    return [lead_id for (lead_id,) in company.rows("select lead_id from raw.leads order by 1")]


def test_a_table_comes_in_beside_files_and_is_not_read_again_unchanged(company: Any, read: Read) -> None:
    table = Table([ADA, BAD])
    report = read(table).feeds["leads"]
    assert (report.files, report.drifted_columns) == (["leads/a.csv", "crm.leads"], ["shoe_size"])
    assert ids(company) == ["ada", "file"]
    assert company.quarantined("source, source_row, reason") == [("crm.leads", 2, "invalid_type")]
    assert read(table).feeds["leads"].rows_read == 0
    assert table.read == 1


def test_a_changed_table_is_read_and_closes_what_it_makes_good(company: Any, read: Read) -> None:
    read(Table([ADA, BAD]))
    read(Table([ADA, BEN, {**BAD, "created_at": "2025-01-01"}], version=2))
    assert ids(company) == ["ada", "ben", "cem", "file"]
    assert company.rows("select count(*) from raw.quarantine where closed_at is null") == [(0,)]


def test_a_table_that_cannot_be_read_costs_nobody_else(company: Any, read: Read) -> None:
    def change(table: Table) -> None:
        table.version += 1

    def fail(table: Table) -> None:
        raise ValueError("a fault that nobody foresaw")

    for table, detail in (
        (Table([ADA], version=0), "the table cannot be read: no such user"),
        (Table([ADA], harm=change), "the table changed while it was read"),
        (Table([ADA], version=7, harm=fail), "the table cannot be read: a fault that nobody foresaw"),
    ):
        read(table)
        assert ids(company) == ["file"]
        assert company.quarantined("source, detail")[-1] == ("crm.leads", detail)
        company.store.unlink()


def test_a_table_that_went_away_is_told(company: Any, read: Read) -> None:
    report = read(Table([ADA], version=-1))
    assert [str(ignored) for ignored in report.ignored_files] == ["crm.leads (it went away before it was read)"]
    assert ids(company) == ["file"]
