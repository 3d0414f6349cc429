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


@dataclass(frozen=True)
class Catalogs:
    """What one build reads and writes, and with how much memory."""

    data: Path
    store: Path
    build: Path
    memory_limit: str

    def environment(self) -> dict[str, str]:
        return {
            "REVLOOP_DATA": str(self.data),
            "REVLOOP_STORE": str(self.store),
            "REVLOOP_BUILD": str(self.build),
            "REVLOOP_MEMORY_LIMIT": self.memory_limit,
        }
