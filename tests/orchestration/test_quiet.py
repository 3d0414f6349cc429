"""What goes to stdout and stderr is what the commands say: no engine writes into it, however long it works."""

from pathlib import Path

import yaml

from ingest.sql import single_value
from ingest.store import connect
from orchestration.database import open_database
from tests.dbt_runs import DBT_PROJECT

DRAWS_A_BAR = "select current_setting('enable_progress_bar')"


def test_no_engine_draws_a_progress_bar(tmp_path: Path) -> None:
    store = connect(tmp_path / "store.duckdb")
    assert not single_value(store, DRAWS_A_BAR)
    store.close()
    with open_database(tmp_path / "build.duckdb") as connection:
        assert not single_value(connection, DRAWS_A_BAR)
    profile = yaml.safe_load((DBT_PROJECT / "profiles.yml").read_text(encoding="utf-8"))
    assert not profile["revloop"]["outputs"]["duckdb"]["settings"]["enable_progress_bar"]
