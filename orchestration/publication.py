"""Give readers a whole, audited night: copy the build, flip the link, log the refresh, forget old files.

The flip is the one moment at which a refresh becomes published. The log in the store is written from the
published file, right after the flip and again at the next start: a kill between the two loses nothing,
and nothing is logged that never was published.
"""

import os
import shutil
from datetime import datetime
from pathlib import Path

import duckdb

from ingest.errors import RevloopError
from ingest.sql import literal
from ingest.store import connect
from orchestration.data_folder import DataFolder, sync_folder
from orchestration.database import open_database

KEPT_PUBLICATIONS = 3
PUBLISHED_SCHEMAS = {"marts", "outputs"}
STORAGE_VERSION = "v1.4.0"


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


def copy_whole(build: Path, target: Path) -> None:
    """A checked, durable, read-only copy of the build at `target`, there whole or not at all."""
    half_made = target.with_name(f".{target.name}.tmp")
    try:
        shutil.copyfile(build, half_made)
        _check(half_made)
        half_made.chmod(0o444)
        descriptor = os.open(half_made, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        half_made.replace(target)
    finally:
        half_made.unlink(missing_ok=True)
    sync_folder(target.parent)


def publish(folder: DataFolder, build: Path, refresh_id: str) -> Path:
    """Copy the build beside the older publications and let readers find it. Returns the new file."""
    target = folder.published / f"revloop-{refresh_id}.duckdb"
    copy_whole(build, target)
    link = folder.published / ".revloop.link"
    link.unlink(missing_ok=True)
    link.symlink_to(target.name)
    link.replace(folder.warehouse)
    sync_folder(folder.published)
    return target


def current(folder: DataFolder) -> Path | None:
    """The file that readers get now, None before the first publication."""
    return folder.published / folder.warehouse.readlink() if folder.warehouse.exists() else None


def refresh_id_of(publication: Path) -> str:
    """The refresh that made a published file, by its name."""
    return publication.stem.removeprefix("revloop-")


def as_of(publication: Path) -> datetime:
    """The business time that a published file shows, in UTC."""
    refresh_id = refresh_id_of(publication)
    with open_database(publication, read_only=True) as connection:
        found = connection.execute(
            "select as_of from marts.fct_refreshes where refresh_id = ?", [refresh_id]
        ).fetchone()
    if found is None:
        raise RevloopError(f"{publication} does not know its refresh {refresh_id}: run `revloop refresh` again")
    return found[0]


def log(folder: DataFolder, publication: Path) -> None:
    """Copy what a publication says of itself, and the numbers it is the first to show, into the store's log, once."""
    refresh_id = refresh_id_of(publication)
    connection = connect(folder.store)
    try:
        known = connection.execute("select 1 from ops.refreshes where refresh_id = ?", [refresh_id]).fetchone()
        if known:
            return
        connection.execute(f"attach {literal(str(publication))} as published (read_only)")
        connection.execute("begin")
        for log_table, mart in (
            ("data_quality", "kpi_data_quality"),
            ("refreshes", "fct_refreshes"),
        ):
            shown = _columns(connection, mart)
            columns = ", ".join(name for name in connection.table(f"ops.{log_table}").columns if name in shown)
            connection.execute(
                f"insert into ops.{log_table} ({columns}) select {columns} from published.marts.{mart} "
                "where refresh_id = ?",
                [refresh_id],
            )
        if _columns(connection, "kpi_restatements"):
            connection.execute(
                "insert into ops.measures (refresh_id, mart, measure, period_month, value) "
                "select ?, mart, measure, period_month, current from published.marts.kpi_restatements where is_news",
                [refresh_id],
            )
        connection.execute("commit")
    finally:
        connection.close()


def clean(folder: DataFolder, keep: int = KEPT_PUBLICATIONS) -> None:
    """Remove half-made files and all but the newest publications. Whoever has one open reads on."""
    newest = current(folder)
    for path in folder.published.glob(".revloop*"):
        path.unlink()
    files = [path for path in folder.published.glob("revloop-*.duckdb") if path != newest]
    files.sort(key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for path in files[keep - (newest is not None) :]:
        path.unlink()


def discard_unpublished(folder: DataFolder) -> None:
    """Remove whole files that a kill kept from readers: the store's log knows every publication."""
    connection = connect(folder.store)
    try:
        logged = {row[0] for row in connection.execute("select refresh_id from ops.refreshes").fetchall()}
    finally:
        connection.close()
    for path in folder.published.glob("revloop-*.duckdb"):
        if refresh_id_of(path) not in logged:
            path.unlink()


def _columns(connection: duckdb.DuckDBPyConnection, mart: str) -> set[str]:
    """The columns of a mart as published: one of an earlier version may lack some, or all."""
    found = connection.execute(
        "select column_name from duckdb_columns() "
        "where database_name = 'published' and schema_name = 'marts' and table_name = ?",
        [mart],
    ).fetchall()
    return {name for (name,) in found}


def _check(publication: Path) -> None:
    with open_database(publication, read_only=True) as connection:
        version = connection.execute(
            "select tags['storage_version'] from duckdb_databases() where path is not null"
        ).fetchone()
        schemas = {row[0] for row in connection.execute("select schema_name from duckdb_tables()").fetchall()}
        views = connection.execute("select view_name from duckdb_views() where not internal").fetchall()
    if version is None or not str(version[0]).startswith(STORAGE_VERSION):
        raise RevloopError(f"the build has storage version {version}, not {STORAGE_VERSION}: see profiles.yml")
    if strangers := schemas - PUBLISHED_SCHEMAS:
        raise RevloopError(f"the build holds the schemas {sorted(strangers)}: only marts and outputs are published")
    if views:
        raise RevloopError(f"the build holds the view {views[0][0]}: marts and outputs are tables")
