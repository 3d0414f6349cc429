"""What a whole refresh leaves for the next one, in the build that it speaks of: where an increment may begin.

A build takes it before it touches a model's table and leaves it when every model and check has passed. Whatever
happens in between, the next refresh finds nothing and rebuilds. Seeds are built, and may be found wrong, before that: a
seed whose table is touched is unsettled first, and has changed for the next refresh whatever it holds then.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from ingest.sql import single_value
from orchestration.catalogs import BUILD_FILES, PAY, STEPS, WAREHOUSE
from orchestration.database import open_database

TABLE = "select table_name from duckdb_tables() where schema_name = 'state' and table_name = 'nights'"
READ = "select as_of, loaded_at, code_version, vars_hash, seed_hashes from state.nights"
UNSETTLED = "being built"
LEAVE = """
create schema if not exists state;
begin;
create or replace table state.leads as select * from intermediate.int_lead_digests;
create or replace table state.nights (
    as_of timestamptz, loaded_at timestamptz, code_version varchar, vars_hash varchar,
    seed_hashes map(varchar, varchar)
);
"""


@dataclass(frozen=True)
class Checkpoint:
    """A build whose models and checks all passed: its business time, the load time it knew, and what it was made by."""

    as_of: datetime
    loaded_at: datetime
    code_version: str
    vars_hash: str
    seed_hashes: Mapping[str, str]

    def why_not(self, as_of: datetime, code_version: str, vars_hash: str, seed_hashes: Mapping[str, str]) -> str | None:
        """Why a build with these cannot begin where this one ended, None if it can."""
        if as_of < self.as_of:
            return "as_of is before that of the last build"
        if vars_hash != self.vars_hash:
            return "a var changed"
        if code_version != self.code_version or seed_hashes.keys() != self.seed_hashes.keys():
            return "the code changed"
        return None

    def changed_seeds(self, seed_hashes: Mapping[str, str]) -> frozenset[str]:
        """The seeds that are not what they were when it was left."""
        return frozenset(name for name, digest in seed_hashes.items() if digest != self.seed_hashes[name])


def read(build: Path) -> Checkpoint | None:
    """What the last build in this folder left; None if it left nothing or is damaged."""
    if not all((build / name).exists() for name in BUILD_FILES):
        return None
    try:
        for name in (WAREHOUSE, PAY):
            open_database(build / name).close()
        with open_database(build / STEPS) as connection:
            if not connection.execute(TABLE).fetchall():
                return None
            left = connection.execute(READ).fetchall()
    except duckdb.Error:
        # Builds are derived: one that cannot be opened, or that other code left, is not mended but made anew.
        return None
    return Checkpoint(*left[0]) if left else None


def unsettle(build: Path, seeds: Collection[str]) -> None:
    """Write that the tables of these seeds may be anything from now on."""
    if not seeds:
        return
    with open_database(build / STEPS) as connection:
        connection.execute(
            "update state.nights set seed_hashes = map_concat(seed_hashes, map($seeds::varchar[], $hashes::varchar[]))",
            {"seeds": sorted(seeds), "hashes": [UNSETTLED] * len(seeds)},
        )


def take(build: Path) -> None:
    """Let what the last build in this folder left be gone: from now on its tables may be anything."""
    if not (build / STEPS).exists():
        return
    with open_database(build / STEPS) as connection:
        if connection.execute(TABLE).fetchall():
            connection.execute("delete from state.nights")


def is_any_touched(build: Path) -> bool:
    """Whether the build in this folder has learnt of any lead that it has to make anew."""
    with open_database(build / STEPS, read_only=True) as connection:
        return single_value(connection, "select exists (from intermediate.int_leads_touched)")


def leave(build: Path, checkpoint: Checkpoint) -> None:
    """Write that the build in this folder is whole."""
    with open_database(build / STEPS) as connection:
        connection.execute(LEAVE)
        connection.execute(
            "insert into state.nights values (?, ?, ?, ?, ?)",
            [
                checkpoint.as_of,
                checkpoint.loaded_at,
                checkpoint.code_version,
                checkpoint.vars_hash,
                dict(checkpoint.seed_hashes),
            ],
        )
        connection.execute("commit")
