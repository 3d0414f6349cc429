"""What dbt's profile calls before it opens its files: by hand as in a night, they and their folders exist then.

Which files these are is said in profiles.yml; what the store holds, in `ingest.store`.
"""

from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.plugins import BasePlugin

from ingest.store import complete, connect
from orchestration.data_folder import DataFolder


class Plugin(BasePlugin):
    """Makes an empty store where there is none, and adds what one of an earlier version lacks."""

    def update_connection_config(self, creds: DuckDBCredentials, config: dict[str, Any]) -> None:
        """Make the folder that dbt builds into, and the store or what it lacks."""
        Path(creds.path).parent.mkdir(parents=True, exist_ok=True)
        for attached in creds.attach or []:
            store = Path(attached.path)
            if attached.alias == "store":
                _complete(store)


def _complete(store: Path) -> None:
    if store.exists():
        complete(store)
    else:
        _make_data_folder(DataFolder(store.absolute().parent))


def _make_data_folder(folder: DataFolder) -> None:
    folder.root.mkdir(parents=True, exist_ok=True)
    folder.check_layout()
    folder.prepare()
    connect(folder.store).close()
