"""A landing folder and a store to load it into, for every test of ingest."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ingest.load import BatchReport, load_landing
from ingest.store import connect

STAGES = frozenset({"captured", "mql", "p1", "p2", "p3", "p4", "p5", "lost"})
HASH_KEY = b"a key of the tests"


class Company:
    """Files that landed and the store they are loaded into."""

    def __init__(self, folder: Path) -> None:
        self.landing = folder / "landing"
        self.store = folder / "store.duckdb"
        self.landing.mkdir()
        self.mappings: Path | None = None
        self._batches = 0

    def write(self, source: str, content: str | bytes) -> Path:
        """Let a file land; `source` is its path below the landing folder."""
        path = self.landing / source
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def map(self, name: str, mapping: str) -> Path:
        """Have a mapping of one's own."""
        self.mappings = self.landing.parent / "mappings"
        self.mappings.mkdir(exist_ok=True)
        path = self.mappings / f"{name}.yml"
        path.write_text(mapping, encoding="utf-8")
        return path

    def load(self, now: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> BatchReport:
        """Load what landed as the next batch."""
        self._batches += 1
        return load_landing(
            self.landing,
            self.store,
            batch_id=f"batch-{self._batches}",
            now=now,
            stages=STAGES,
            hash_key=HASH_KEY,
            mappings=self.mappings,
        )

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """What a query on the store returns."""
        connection = connect(self.store, read_only=True)
        try:
            return connection.execute(query, list(parameters)).fetchall()
        finally:
            connection.close()

    def quarantined(self, columns: str = "source_row, reason, detail, raw_row") -> list[tuple]:
        """The quarantine in the order of files and rows."""
        return self.rows(f"select {columns} from raw.quarantine order by source, source_row")


@pytest.fixture
def company(tmp_path: Path) -> Company:
    """An empty landing folder and no store yet."""
    return Company(tmp_path)


@pytest.fixture(scope="module")
def make_company(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Company]:
    """Further companies, for tests that share one refresh."""
    return lambda: Company(tmp_path_factory.mktemp("company"))
