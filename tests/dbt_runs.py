"""dbt in this process, on a data folder of the test's own; nothing is written beside the models.

What a run is to show belongs to the tests that call it.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingest.load import load_landing
from tests.fingerprints import Fingerprint, lasting

DBT_PROJECT = Path(__file__).resolve().parents[1] / "dbt_project"
STAGES_CSV = DBT_PROJECT / "seeds" / "process" / "stages.csv"
STAGES = frozenset(line.split(",")[0] for line in STAGES_CSV.read_text(encoding="utf-8").splitlines())


class Project:
    """The parsed project: once parsed it serves any number of folders, whatever their vars.

    `seeds` is a folder of files in which the seeds are built already; folders begin as copies of it.
    """

    def __init__(self, manifest: Any = None, seeds: Path | None = None) -> None:
        self.manifest = manifest
        self.seeds = seeds


def read_manifest(folder: Path) -> Any:
    """What a run whose own files are in this folder has parsed, as a manifest of its own for whoever reads it."""
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser.manifest import extended_mashumuro_decoder

    kept = (folder / "partial_parse.msgpack").read_bytes()
    manifest = Manifest.from_msgpack(kept, decoder=extended_mashumuro_decoder)
    manifest.build_flat_graph()
    return manifest


class DbtFolder:
    """A data folder with a store, the two files that dbt builds, and dbt's own files; a new one if none is there."""

    def __init__(self, folder: Path, project: Project | None = None) -> None:
        self.folder = folder
        self.project = project or Project()
        self.store = folder / "store.duckdb"
        self.night = folder / "night"
        if self.night.exists():
            return
        if self.project.seeds:
            shutil.copytree(self.project.seeds, self.night)
        else:
            self.night.mkdir(parents=True)

    @property
    def warehouse(self) -> Path:
        """The file of marts and outputs."""
        return self.night / "warehouse.duckdb"

    def parse(self) -> Any:
        """Read the project anew, for this folder and all that share its project."""
        self.project.manifest = self.dbt("parse")
        return self.project.manifest

    def load(self, landing: Path, now: datetime, mappings: Path | None = None) -> None:
        """Load what lies in the landing folder and was not loaded yet, as one batch."""
        batch = f"r{now:%Y%m%dT%H%M%S}"
        load_landing(landing, self.store, batch_id=batch, now=now, stages=STAGES, hash_key=b"key", mappings=mappings)

    def load_nothing(self) -> None:
        """One batch without rows."""
        (self.folder / "landing").mkdir(exist_ok=True)
        self.load(self.folder / "landing", datetime(2026, 1, 1, tzinfo=UTC))

    def build_seeds(self) -> None:
        """The seeds alone, which need no store with rows."""
        self.load_nothing()
        self._require_built(self.dbt("seed"))

    def dbt(self, *words: str, variables: Mapping[str, str | int] | None = None) -> Any:
        """The result of one dbt command; raises what dbt raised, but leaves failed nodes to the caller."""
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager
        from dbt.cli.main import dbtRunner

        places = ["--project-dir", DBT_PROJECT, "--profiles-dir", DBT_PROJECT]
        places += ["--target-path", self.folder / "dbt", "--log-path", self.folder / "dbt"]
        quiet = ["--log-level", "none", "--log-level-file", "none", "--no-print", "--no-version-check"]
        chosen = ["--vars", json.dumps(dict(variables or {}))]
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("REVLOOP_DATA", str(self.folder))
            environment.setenv("REVLOOP_STORE", str(self.store))
            environment.setenv("REVLOOP_BUILD", str(self.night))
            try:
                runner = dbtRunner(manifest=self.project.manifest)
                outcome = runner.invoke([*words, *chosen, *map(str, places), *quiet])
            finally:
                DuckDBConnectionManager.close_all_connections()
        if outcome.exception is not None:
            raise outcome.exception
        return outcome.result

    def build(self, as_of: str, *, only: str = "", **variables: str | int) -> None:
        """Seeds and models (all, or `only` a selection), which must all succeed; tests of dbt do not run."""
        night = {
            "as_of": as_of,
            "refresh_id": "r1",
            "started_at": as_of,
            "process_hash": "any",
            "code_version": "any",
        }
        words = ["build", "--exclude-resource-type", "unit_test", "--exclude-resource-type", "test"]
        words += ["--select", only] if only else []
        words += ["--exclude", "resource_type:seed"] if self.project.seeds else []
        self._require_built(self.dbt(*words, variables={**night, **variables}))

    def _require_built(self, outcome: Any) -> None:
        broken = [f"{one.node.name}: {one.message}" for one in outcome.results if one.status in ("error", "skipped")]
        assert not broken, broken

    def rows(self, query: str) -> Sequence[tuple]:
        """What a query on marts and outputs returns, in UTC."""
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            connection.execute("set TimeZone = 'UTC'")
            return connection.execute(query).fetchall()

    def rows_of_build(self, query: str) -> Sequence[tuple]:
        """What a query over `build` (the models that nobody reads) and `warehouse` returns, in UTC."""
        with duckdb.connect() as connection:
            connection.execute("set TimeZone = 'UTC'")
            connection.execute(f"attach '{self.store}' as store (read_only)")  # the build's views read it
            connection.execute(f"attach '{self.night / 'build.duckdb'}' as build (read_only)")
            connection.execute(f"attach '{self.warehouse}' as warehouse (read_only)")
            return connection.execute(query).fetchall()

    def fingerprint(self) -> dict[str, Fingerprint]:
        """What the warehouse shows, but for the logs of runs."""
        return lasting(self.warehouse)
