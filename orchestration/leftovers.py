"""What a run does before it begins: bring an older data folder up to date, and finish what a killed run left.

The caller holds the lock. What each of these means is known in the modules that are called.
"""

from collections.abc import Callable

from orchestration import erasure_mark, migration, publication
from orchestration.data_folder import DataFolder


def finish(folder: DataFolder, tell: Callable[[str], None]) -> None:
    """Leave the data folder as whole runs of this version leave it."""
    migration.migrate(folder, tell)
    erasure_mark.carry_out(folder, tell)
    if published := publication.current(folder):
        publication.log(folder, published)
    publication.discard_unpublished(folder)
    publication.clean(folder)
