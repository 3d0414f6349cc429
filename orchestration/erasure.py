"""Erase a person: find whom it concerns, erase, publish anew, and tell what is out of reach.

What an erased lead's rows are is known to `ingest.erase`, where else a person may be to `erasure_mark`.
"""

from pathlib import Path

from ingest.erasures import addresses_of, concerning, find_leads, is_known
from ingest.errors import NothingToDoError, RevloopError
from ingest.mentions import Mentions
from ingest.texts import trimmed
from orchestration import erasure_mark, modes, publication, sites, steps
from orchestration.data_folder import DataFolder, write_whole
from orchestration.erasure_mark import Mark
from orchestration.refresh import Progress, begin, dbt_project
from orchestration.request import Request
from orchestration.settings import Settings


def erase(settings: Settings, lead_id: str | None, email: str | None, progress: Progress) -> list[str]:
    """Erase a lead (or all that ever had an e-mail address), publish anew, and tell what is out of reach.

    The new publication has the as_of of the one it replaces: nothing but the lead changes for readers.
    RevloopError if there is nothing to erase.
    """
    DataFolder(settings.data).require()
    lead_id, email = lead_id and trimmed(lead_id), email and trimmed(email)
    with begin(settings, Request(), dbt_project(settings), progress) as refresh:
        folder = refresh.folder
        # One that was cut short has been finished by now, but for its publication: there is nothing left to know it by.
        if not folder.erase_pending.exists() and not is_known(folder.store, lead_id, email, folder.hash_key()):
            raise NothingToDoError(f"nothing to erase: {lead_id or email} is in no row that was ever loaded")
        refresh.request = _as_published(folder)
        lead_ids = find_leads(folder.store, lead_id=lead_id, email=email)
        with modes.private():
            _mark(folder, lead_ids, email)
            erasure_mark.carry_out(folder, progress)
        try:
            steps.run(refresh, _nothing(folder))
        except RevloopError as error:
            raise RevloopError(
                *error.causes, "erased from the store, but older publications hold it until a refresh succeeds"
            ) from error
    without_site = sites.worry(folder, refresh.site_causes)
    return [
        f"leads erased: {len(lead_ids)}; published anew",
        *([f"look: {without_site}"] if without_site else []),
        *_out_of_reach(settings, folder),
    ]


def _mark(folder: DataFolder, lead_ids: list[str], email: str | None) -> None:
    """From here on every later run finishes what is begun."""
    addresses = addresses_of(folder.store, lead_ids) | ({email} if email else set())
    _forget_alerts(folder, Mentions(lead_ids, addresses))
    erasure = concerning(folder.store, lead_ids, addresses, folder.hash_key())
    erasure_mark.leave(folder, Mark(erasure))


def _forget_alerts(folder: DataFolder, mentions: Mentions) -> None:
    """A check that failed may have named somebody."""
    if folder.alerts.exists():
        lines = folder.alerts.read_text(encoding="utf-8").splitlines(keepends=True)
        write_whole(folder.alerts, "".join(line for line in lines if not mentions.are_in(line)))


def _as_published(folder: DataFolder) -> Request:
    published = publication.current(folder)
    if published is None:
        return Request()
    shown = publication.business_time(published)
    return Request(as_of=shown.as_of, keeps_as_of=not shown.is_asked)


def _nothing(folder: DataFolder) -> Path:
    """An empty landing folder: an erasure loads nothing, but its refresh has a batch like any other."""
    landing = folder.tmp / "landing"
    landing.mkdir(modes.PRIVATE_FOLDER)
    return landing


def _out_of_reach(settings: Settings, folder: DataFolder) -> list[str]:
    return [
        "out of reach, erase by hand:",
        f"  landing files: {settings.landing}",
        f"  delivered files, until the next `revloop deliver` writes them anew: {folder.delivered}",
        "  what other systems were sent, backups, and readers that still hold an older publication open",
    ]
