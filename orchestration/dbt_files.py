"""What dbt's profile calls before it opens its files: in a night they are there, by hand they are copies of them.

Which files these are is said in profiles.yml; how copies are made, in `by_hand`; what the store holds, in
`ingest.store`.
"""

from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt.adapters.events.logging import AdapterLogger
from dbt_common.exceptions import DbtRuntimeError
from duckdb import DuckDBPyConnection

from ingest.errors import RevloopError
from ingest.opening import opened
from ingest.sql import literal
from ingest.store import complete
from orchestration import modes
from orchestration.by_hand import keep_up, working_data
from orchestration.data_folder import DataFolder
from orchestration.scoring import tables

COPIED = ("store", "warehouse", "pay")
logger = AdapterLogger("revloop")


class Plugin(BasePlugin):
    """Points a build by hand to its copies, and adds to the store what one of an earlier version lacks."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Learn from the profile whether a night builds, and where the data folder is said to be."""
        self.is_night = bool(plugin_config["night"])
        self.data = plugin_config["data"]

    def update_connection_config(self, creds: DuckDBCredentials, config: dict[str, Any]) -> None:
        """Bring the files up to date, by hand in the data folder of the repository."""
        try:
            if not self.is_night:
                folder = DataFolder(Path(self.data or working_data(Path.cwd())).absolute())
                with modes.private():
                    told = keep_up(folder)
                if told:
                    logger.info(told)
                _point_to(folder, creds, config)
            self.store = next(Path(attached.path) for attached in creds.attach or [] if attached.alias == "store")
            complete(self.store)
        except RevloopError as error:
            raise DbtRuntimeError(str(error)) from None
        except OSError as error:
            raise DbtRuntimeError(
                f"{error.filename}: {error.strerror}: run dbt as the user who runs refreshes"
            ) from None

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        """Attach the store as the profile says it, but wait for whoever writes it; what is attached, dbt leaves.

        What scoring leaves for models is there too, be it empty.
        """
        attach = f"attach if not exists {literal(str(self.store))} as store (read_only)"
        try:
            opened(self.store, lambda: conn.execute(attach))
            tables.create(conn)
        except RevloopError as error:
            raise DbtRuntimeError(str(error)) from None


def _point_to(folder: DataFolder, creds: DuckDBCredentials, config: dict[str, Any]) -> None:
    """Replace the profile's paths, which are relative to wherever dbt was started."""
    creds.path = str(folder.dev / Path(creds.path).name)
    for attached in creds.attach or []:
        if attached.alias in COPIED:
            attached.path = str(folder.dev / Path(attached.path).name)
    config["temp_directory"] = str(folder.dev / "spill")
