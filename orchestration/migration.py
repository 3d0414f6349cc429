"""Bring a data folder that an earlier revloop made to the layout of this one.

Each step may be done again, and the layout is written last: a migration that was killed is done anew by the next run,
and readers find a whole publication all the while.
"""

import time
from collections.abc import Callable
from pathlib import Path

from ingest.store import connect
from orchestration import modes
from orchestration import publication_folders as folders
from orchestration.data_folder import LAYOUT_VERSION, DataFolder, exclusive
from orchestration.outputs.ledger import Ledger
from orchestration.settings import utc_now


def migrate(folder: DataFolder, tell: Callable[[str], None]) -> None:
    """Complete the store, move the publications into folders of their own, close what is nobody else's.

    The caller holds the lock; a folder of this layout is left as it is.
    """
    if not folder.is_older:
        return
    connect(folder.store).close()
    if folder.ledger.exists():
        Ledger(folder.ledger).connection.close()
    _move_publications(folder)
    if folder.erase_pending.exists():
        tell("an erasure that the earlier revloop began was cut short, and does not say whom: run it again")
    for path in folder.private:
        modes.close(path)
    folder.write_layout()
    tell(f"the data folder was brought to layout {LAYOUT_VERSION}")


def require_up_to_date(folder: DataFolder, command: str, tell: Callable[[str], None]) -> None:
    """Refuse a folder that no refresh has made yet, and bring one that an earlier revloop made to this layout."""
    folder.require()
    if folder.is_older:
        with exclusive(folder, command, utc_now()), modes.private():
            migrate(folder, tell)


def _move_publications(folder: DataFolder) -> None:
    """The same files under their new names, then the links, and when readers have found these the old names go."""
    earlier = {
        match[1]: path
        for path in folder.published.iterdir()
        if (match := folders.EARLIER_FILE.fullmatch(path.name)) and path.is_file() and not path.is_symlink()
    }
    for refresh_id, path in earlier.items():
        if not (folder.published / refresh_id).exists():
            folders.adopt(folder, path, refresh_id)
    published = _published_id(folder)
    if published in earlier:
        folders.flip(folder, published)
    if earlier:
        time.sleep(folders.SECONDS_TO_OPEN)
    for path in earlier.values():
        path.unlink()


def _published_id(folder: DataFolder) -> str | None:
    """The refresh whose file the readers' link names itself, None when it leads through another link already."""
    link: Path = folder.warehouse
    match = folders.EARLIER_FILE.fullmatch(link.readlink().name) if link.is_symlink() else None
    return match[1] if match else None
