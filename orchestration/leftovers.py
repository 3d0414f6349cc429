"""What has to be finished: before a run begins what a killed one left, and once it is published what an erasure left.

The caller holds the lock. What each of these means is known in the modules that are called.
"""

import time
from collections.abc import Callable

from orchestration import by_hand, erasure_mark, migration, publication
from orchestration import publication_folders as folders
from orchestration.data_folder import DataFolder


def finish(folder: DataFolder, tell: Callable[[str], None]) -> None:
    """Leave the data folder as whole runs of this version leave it."""
    migration.migrate(folder, tell)
    erasure_mark.carry_out(folder, tell)
    if published := publication.current(folder):
        publication.log(folder, published)
        folders.finish_site(folder, publication.refresh_id_of(published))
    publication.discard_unpublished(folder)
    publication.clean(folder)


def end_erasure(folder: DataFolder) -> None:
    """After an erasure every older publication goes, as it still holds what was erased."""
    if not folder.erase_pending.exists():
        return
    # Who was led to an older publication a moment ago is to have it open before it goes.
    time.sleep(folders.SECONDS_TO_OPEN)
    publication.clean(folder, keep=1)
    by_hand.forget(folder)
    folder.erase_pending.unlink()
