"""The files and limits that dbt's profile names by environment variables.

What stands in the files is known elsewhere; that profiles.yml names them so, only here.
"""

from dataclasses import dataclass
from pathlib import Path

# In a build's folder: steps that nobody reads, marts and outputs, and the marts of pay.
STEPS = "build.duckdb"
WAREHOUSE = "warehouse.duckdb"
PAY = "pay.duckdb"
BUILD_FILES = (STEPS, WAREHOUSE, PAY)

NAMES = ("REVLOOP_DATA", "REVLOOP_STORE", "REVLOOP_BUILD", "REVLOOP_MEMORY_LIMIT")


@dataclass(frozen=True)
class Catalogs:
    """What one build reads and writes, and with how much memory."""

    data: Path
    store: Path
    build: Path
    memory_limit: str

    def environment(self) -> dict[str, str]:
        return dict(zip(NAMES, map(str, (self.data, self.store, self.build, self.memory_limit)), strict=True))
