"""A made-up company of a size, loaded; and a night of changes for it, as files that land."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from ingest.feeds import FEEDS
from ingest.simulate import simulate
from ingest.simulate.clock import END_DATE
from ingest.simulate.reps import read_reps

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(__file__).with_name("night.sql")
PROJECT = ROOT / "dbt_project"
# The company's last day is the last whole night; the night that is measured comes a day later.
BEGAN_AT = datetime(END_DATE.year, END_DATE.month, END_DATE.day, tzinfo=UTC)
AS_OF = BEGAN_AT + timedelta(days=1)


@dataclass(frozen=True)
class Company:
    """The folders of one company: what landed, and what refreshes made of it."""

    folder: Path
    leads: int

    @property
    def landing(self) -> Path:
        return self.folder / "landing"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def store(self) -> Path:
        return self.data / "store.duckdb"

    @property
    def warehouse(self) -> Path:
        """What the last refresh published."""
        return self.data / "published" / "revloop.duckdb"

    def simulate(self) -> None:
        """Write the feeds, unless they are there."""
        if not self.landing.exists():
            simulate(self.leads, self.landing, seed=1, reps=read_reps(next(PROJECT.glob("seeds/**/reps.csv"))))

    @contextmanager
    def night(self, touched_leads: int, *, is_recent: bool) -> Iterator["Company"]:
        """The company on the next day: a copy of its data, and its landing folder with the night's files."""
        next_day = Company(self.folder / "night", self.leads)
        shutil.rmtree(next_day.folder, ignore_errors=True)
        try:
            shutil.copytree(self.landing, next_day.landing, copy_function=os.link)
            shutil.copytree(self.data, next_day.data, symlinks=True)
            next_day.land_night(touched_leads, is_recent=is_recent)
            yield next_day
        finally:
            shutil.rmtree(next_day.folder, ignore_errors=True)

    def land_night(self, touched_leads: int, *, is_recent: bool) -> None:
        """Let one night's rows land, one Parquet file a feed."""
        with duckdb.connect() as connection:
            connection.execute("set TimeZone = 'UTC'")
            connection.execute(f"attach '{self.store}' as store (read_only)")
            for name, value in {
                "touched_leads": touched_leads,
                "is_recent": is_recent,
                "began_at": BEGAN_AT,
                "as_of": AS_OF,
            }.items():
                connection.execute(f"set variable {name} = ?", [value])
            connection.execute(SCRIPT.read_text(encoding="utf-8"))
            for feed in FEEDS.values():
                path = self.landing / feed.name / "night.parquet"
                columns = ", ".join(feed.column_names)
                connection.execute(f"copy (select {columns} from night_{feed.name} order by all) to '{path}'")
