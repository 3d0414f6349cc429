"""Erase a person: from the store, the ledger, whatever was built from them, and all older publications.

What an erased lead's rows are is known to `ingest.erase`.
"""

import shutil
from datetime import datetime
from pathlib import Path

import duckdb

from ingest.erase import erase_leads, find_leads
from ingest.erased import lead_hash
from ingest.errors import RevloopError
from ingest.mentions import Mentions
from ingest.store import connect
from orchestration import publication, refresh
from orchestration.data_folder import DataFolder
from orchestration.outputs import ledger
from orchestration.refresh import Progress, Request
from orchestration.settings import Settings


def erase(settings: Settings, lead_id: str | None, email: str | None, progress: Progress) -> list[str]:
    """Erase a lead (or all that ever had an e-mail address), publish anew, and tell what is out of reach.

    The new publication has the as_of of the one it replaces: nothing but the lead changes for readers.
    RevloopError if there is nothing to erase.
    """
    folder = DataFolder(settings.data)
    folder.require()
    request = Request(as_of=_published_as_of(folder))
    with refresh.night(settings, request, refresh.dbt_project(settings), progress) as night:
        if not folder.erase_pending.exists() and not _is_known(folder, lead_id, email):
            raise RevloopError(f"nothing to erase: {lead_id or email} is in no row that was ever loaded")
        lead_ids = find_leads(folder.store, lead_id=lead_id, email=email)
        # From here on every publication, this one or a later night's, removes the older ones.
        folder.erase_pending.touch()
        _erase_copies(folder, lead_ids)
        # The store comes last: until it is done, the same command finds the lead again.
        rows = erase_leads(folder.store, lead_ids, [email] if email else [], folder.hash_key())
        progress(f"erase: {', '.join(f'{table} {count}' for table, count in rows.items())} rows")
        try:
            refresh.prepare(night)
            refresh.ingest(night, _nothing(folder))
            refresh.transform(night)
            refresh.publish(night)
        except RevloopError as error:
            raise RevloopError(
                *error.causes, "erased from the store, but older publications hold it until a refresh succeeds"
            ) from error
    return [f"leads erased: {len(lead_ids)}; published anew", *_out_of_reach(settings, folder)]


def _erase_copies(folder: DataFolder, lead_ids: list[str]) -> None:
    if folder.ledger.exists():
        ledger.erase(folder.ledger, lead_ids)
    for derived in (folder.night, folder.dev):
        if derived.exists():
            shutil.rmtree(derived)


def _published_as_of(folder: DataFolder) -> datetime | None:
    published = publication.current(folder)
    return publication.as_of(published) if published else None


def _is_known(folder: DataFolder, lead_id: str | None, email: str | None) -> bool:
    connection = connect(folder.store, read_only=True)
    try:
        return (
            _is_in_raw(connection, lead_id, email)
            or _is_erased(connection, lead_id, folder.hash_key())
            or _is_in_quarantine(connection, lead_id, email)
        )
    finally:
        connection.close()


def _is_in_raw(connection: duckdb.DuckDBPyConnection, lead_id: str | None, email: str | None) -> bool:
    found = connection.execute(
        "select exists (from raw.leads where lead_id = $lead_id or lower(email) = lower($email)) "
        "or exists (from raw.activities where lead_id = $lead_id) "
        "or exists (from raw.contracts where lead_id = $lead_id)",
        {"lead_id": lead_id, "email": email},
    )
    return found.fetchone()[0]


def _is_erased(connection: duckdb.DuckDBPyConnection, lead_id: str | None, hash_key: bytes) -> bool:
    if lead_id is None:
        return False
    found = connection.execute("select 1 from ops.erased where lead_hash = ?", [lead_hash(lead_id, hash_key)])
    return found.fetchone() is not None


def _is_in_quarantine(connection: duckdb.DuckDBPyConnection, lead_id: str | None, email: str | None) -> bool:
    mentions = Mentions([lead_id] if lead_id else [], [email] if email else [])
    rows = connection.execute("select raw_row, detail from raw.quarantine where raw_row is not null")
    while batch := rows.fetchmany(10_000):
        if any(mentions.are_in(text) for row in batch for text in row):
            return True
    return False


def _nothing(folder: DataFolder) -> Path:
    """An empty landing folder: an erasure loads nothing, but its refresh has a batch like any other."""
    landing = folder.tmp / "landing"
    landing.mkdir()
    return landing


def _out_of_reach(settings: Settings, folder: DataFolder) -> list[str]:
    return [
        "out of reach, erase by hand:",
        f"  landing files: {settings.landing}",
        f"  delivered files, until the next `revloop deliver` writes them anew: {folder.delivered}",
        "  what other systems were sent, backups, and readers that still hold an older publication open",
    ]
