"""Give readers a whole, audited night: check the build, place it, flip the link, log the refresh, forget old ones.

The flip is the one moment at which a refresh becomes published. The log in the store is written from the
published file, right after the flip and again at the next start: a kill between the two loses nothing,
and nothing is logged that never was published. What came first is told by the log, never by a clock. Folders and links
are the affair of `publication_folders`.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ingest import refresh_log
from ingest.durable import put_in_place
from ingest.errors import RevloopError
from orchestration import modes
from orchestration import publication_folders as folders
from orchestration.data_folder import DataFolder
from orchestration.database import open_database

KEPT_PUBLICATIONS = 3
PUBLISHED_SCHEMAS = {"marts", "outputs"}
PAY_SCHEMAS = {"marts"}
STORAGE_VERSION = "v1.4.0"
_REFRESH_ID_AT = "r%Y%m%dT%H%M%S%fZ"


@dataclass(frozen=True)
class BusinessTime:
    """What a publication shows of business time; an as_of that nobody asked for is when its refresh began."""

    as_of: datetime
    is_asked: bool


@dataclass(frozen=True)
class Built:
    """The files of an audited build: marts and outputs, and pay, which is read by whom its mode lets."""

    marts: Path
    pay: Path
    pay_mode: int = modes.PRIVATE_FILE

    @property
    def files(self) -> Mapping[str, Path]:
        """What a publication calls them."""
        return {folders.MARTS: self.marts, folders.PAY: self.pay}


def stamp(build: Path, refresh_id: str, finished_at: datetime, checks_count: int) -> None:
    """Write into the audited build that its checks passed, and leave it without a WAL."""
    with open_database(build) as connection:
        stamped = connection.execute(
            "update marts.fct_refreshes set finished_at = ?, checks_passed = true, checks_count = ? "
            "where refresh_id = ? returning refresh_id",
            [finished_at, checks_count, refresh_id],
        ).fetchall()
        if len(stamped) != 1:
            raise RevloopError(
                f"fct_refreshes holds {len(stamped)} rows of {refresh_id}, not one: run the whole refresh"
            )
        connection.execute("checkpoint")


def settle(pay: Path) -> None:
    """Leave the build of pay, which says nothing of its refresh, without a WAL."""
    with open_database(pay) as connection:
        connection.execute("checkpoint")


def copy_whole(build: Path, target: Path) -> None:
    """A checked, durable, read-only copy of the build at `target`, there whole or not at all."""
    half_made = target.with_name(f".{target.name}.tmp")
    try:
        folders.copy_durably(build, half_made)
        _check(half_made, PUBLISHED_SCHEMAS)
        put_in_place(half_made, target)
    finally:
        half_made.unlink(missing_ok=True)


def publish(folder: DataFolder, built: Built, refresh_id: str) -> Path:
    """Copy the build beside the older publications and let readers find it. Returns the new file of marts."""
    placed = folders.place(folder, built.files, refresh_id, built.pay_mode) / folders.MARTS
    try:
        tables = _check(placed, PUBLISHED_SCHEMAS)
        if told := tables & _check(pay_of(placed), PAY_SCHEMAS):
            raise RevloopError(f"the build holds {min(told)} beside pay: what is in the one file is not in the other")
    except RevloopError:
        folders.remove(folder, refresh_id)
        raise
    folders.flip(folder, refresh_id)
    return placed


def current(folder: DataFolder) -> Path | None:
    """The file that readers get now, None before the first publication."""
    found = folders.current(folder)
    return found / folders.MARTS if found else None


def pay_of(publication: Path) -> Path:
    """The file of pay beside a published file."""
    return publication.with_name(folders.PAY)


def refresh_id_of(publication: Path) -> str:
    """The refresh that made a published file, by the name of its folder."""
    return publication.parent.name


def business_time(publication: Path) -> BusinessTime:
    """The business time that a published file shows. One of an earlier version does not say who asked: somebody did."""
    refresh_id = refresh_id_of(publication)
    with open_database(publication, read_only=True) as connection:
        says_who_asked = "is_as_of_asked" in connection.table("marts.fct_refreshes").columns
        found = connection.execute(
            f"select as_of, {'is_as_of_asked' if says_who_asked else 'true'} "
            "from marts.fct_refreshes where refresh_id = ?",
            [refresh_id],
        ).fetchone()
    if found is None:
        raise RevloopError(f"{publication} does not know its refresh {refresh_id}: run `revloop refresh` again")
    return BusinessTime(*found)


def began_at(refresh_id: str) -> datetime:
    """When a refresh began, by its name."""
    return datetime.strptime(refresh_id, _REFRESH_ID_AT).replace(tzinfo=UTC)


def newer_than(folder: DataFolder, publication: Path) -> str | None:
    """The refresh that was published last, if that is not this publication's."""
    if not folder.store.exists():
        return None
    refresh_id = refresh_id_of(publication)
    logged = refresh_log.logged(folder.store, read_only=True)
    # One that is not logged yet was flipped to after all that are.
    return logged[-1] if refresh_id in logged and logged[-1] != refresh_id else None


def new_refresh_id(folder: DataFolder, started_at: datetime) -> str:
    """`r` and the refresh's start in UTC, microseconds later where that is taken: clocks stand still, and go back."""
    taken = refresh_log.taken(folder.store) | folders.all_ids(folder)
    moment = started_at
    while (refresh_id := refresh_id_at(moment)) in taken:
        moment += timedelta(microseconds=1)
    return refresh_id


def refresh_id_at(moment: datetime) -> str:
    """`r` and a moment in UTC."""
    return f"{moment:{_REFRESH_ID_AT}}"


def log(folder: DataFolder, publication: Path) -> None:
    """Let the store know of a publication, once."""
    pay = pay_of(publication)
    # One of an earlier version has none.
    refresh_log.write(folder.store, publication, pay if pay.exists() else None, refresh_id_of(publication))


def clean(folder: DataFolder, keep: int = KEPT_PUBLICATIONS) -> None:
    """Remove what is half made, and all but the latest publications. Whoever has one open reads on.

    The one whose site readers have is kept beside them while no newer one has a site, unless only one is to be left.
    """
    folders.remove_half_made(folder)
    there = folders.all_ids(folder)
    published = current(folder)
    kept = {refresh_id_of(published)} if published else set()
    if len(there) > keep > 1:
        others = [refresh_id for refresh_id in refresh_log.logged(folder.store) if refresh_id in there - kept]
        kept |= set(others[len(kept) - keep :])
    elif keep > 1:
        kept = there
    if keep > 1 and (with_site := folders.site_id(folder)):
        kept.add(with_site)
    for refresh_id in there - kept:
        folders.remove(folder, refresh_id)


def discard_unpublished(folder: DataFolder) -> None:
    """Remove whole publications that a kill kept from readers: the store's log knows every one that they got."""
    for refresh_id in folders.all_ids(folder) - set(refresh_log.logged(folder.store)):
        folders.remove(folder, refresh_id)


def _check(publication: Path, allowed: Set[str]) -> Set[str]:
    """The names of a file's tables. RevloopError if it holds anything else, or that not every client can open it."""
    with open_database(publication, read_only=True) as connection:
        version = connection.execute(
            "select tags['storage_version'] from duckdb_databases() where path is not null"
        ).fetchone()
        tables = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        views = connection.execute("select view_name from duckdb_views() where not internal").fetchall()
    if version is None or not str(version[0]).startswith(STORAGE_VERSION):
        raise RevloopError(f"the build has storage version {version}, not {STORAGE_VERSION}: see profiles.yml")
    if strangers := {schema for schema, _ in tables} - allowed:
        raise RevloopError(
            f"the build holds the schemas {sorted(strangers)}: only {' and '.join(sorted(allowed))} are published"
        )
    if views:
        raise RevloopError(f"the build holds the view {views[0][0]}: what is published are tables")
    return {f"{schema}.{table}" for schema, table in tables}
