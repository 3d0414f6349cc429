"""The dashboard of a refresh: made after its publication and never in its way, and told of where it could not be made.

What is on its pages is the affair of `dashboard`; how its files come into place, of `site_files`.
"""

import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from ingest.errors import RevloopError
from ingest.sql import one_line
from orchestration import publication, site_files
from orchestration import publication_folders as folders
from orchestration.data_folder import DataFolder

Make = Callable[[Path, Path], None]


def make(folder: DataFolder, published: Path, write: Make) -> tuple[str, ...]:
    """Make the site of a published file and lead readers to it. Why that failed, nothing if it did not.

    `write` makes the pages of a published file in a folder. Whatever it meets, the publication is not the worse for it.
    """
    try:
        site_files.place(published.parent, lambda site: write(published, site))
        folders.flip_site(folder, publication.refresh_id_of(published))
    # Readers have the night already: no fault of the pages may be one of the night.
    except Exception as error:  # noqa: BLE001
        return _causes(error)
    return ()


def page(folder: DataFolder) -> Path | None:
    """The page that readers open, None where there is none."""
    return folder.site / "index.html" if folders.site_id(folder) else None


def worry(folder: DataFolder, causes: Sequence[str]) -> str | None:
    """What a person should look at while readers have no dashboard of the latest publication, and why that is.

    `causes` are those for which it could not be made, none where the refresh that should have did not get that far.
    """
    published = publication.current(folder)
    shown = folders.site_id(folder)
    if published is None or shown == publication.refresh_id_of(published):
        return None
    stands = (
        f"the dashboard is still that of {publication.began_at(shown):%Y-%m-%d %H:%M:%S} UTC"
        if shown
        else "there is no dashboard until a refresh makes one"
    )
    remedy = "mend it and run `revloop refresh`" if causes else "run `revloop refresh`"
    return f"{stands}: {'; '.join([*causes, remedy])}"


def _causes(error: Exception) -> tuple[str, ...]:
    if isinstance(error, RevloopError):
        return error.causes
    if isinstance(error, OSError) and error.strerror:
        return (f"{error.filename}: {error.strerror}" if error.filename else error.strerror,)
    place = traceback.extract_tb(error.__traceback__)[-1]
    return (f"unexpected {type(error).__name__}: {one_line(error)} ({Path(place.filename).name}:{place.lineno})",)
