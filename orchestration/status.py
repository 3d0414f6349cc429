"""How a data folder fares: the last good night, the last attempt, what lies open, and where a person should look.

Reads only, and needs neither Dagster nor dbt. Whatever cannot be read is one more reason to look.
"""

import stat
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from ingest import refresh_log
from ingest.errors import RevloopError
from ingest.opening import SECONDS_A_LOOK_WAITS, HeldError
from ingest.outliers import outliers
from ingest.quarantined import open_files
from ingest.sql import one_line
from ingest.store import connect
from orchestration import attempts, feeds_seen, publication, quarantine, sites
from orchestration.data_folder import DataFolder, is_held
from orchestration.database import open_database
from orchestration.outputs.ledger import Ledger
from orchestration.settings import Settings

OLDEST_NIGHT = timedelta(hours=26)
# Clocks of one house differ a little.
CLOCK_TOLERANCE = timedelta(minutes=5)
MOST_CAUSES_SHOWN = 5
MOST_FILES_SHOWN = 20


@dataclass
class Status:
    """Lines to show, and the reasons for which a person should look; `is_at_work` while a run holds the folder."""

    lines: list[str] = field(default_factory=list)
    worries: list[str] = field(default_factory=list)
    is_at_work: bool = False


def status(settings: Settings, now: datetime) -> Status:
    """The state of a data folder."""
    folder = DataFolder(settings.data)
    folder.require()
    found = Status(is_at_work=is_held(folder))
    looks: tuple[Callable[[Settings, DataFolder, datetime, Status], None], ...] = (
        _published,
        _last_attempt,
        _site,
        _erasure,
        _stored,
        _rejects,
        _sizes,
    )
    for look in looks:
        try:
            look(settings, folder, now, found)
        except RevloopError as error:
            # While a run writes a file, readers cannot have it; the rest can still be told.
            if isinstance(error, HeldError) and found.is_at_work:
                found.lines.append(f"busy: {error}")
            else:
                found.worries.extend(error.causes)
        except (OSError, duckdb.Error) as error:
            found.worries.append(f"something in {folder.root} cannot be read: {one_line(error)}")
    return found


def _published(settings: Settings, folder: DataFolder, now: datetime, found: Status) -> None:
    if folder.is_older:
        raise RevloopError(f"an earlier revloop made {folder.root}: run `revloop refresh`, which brings it up to date")
    published = publication.current(folder)
    if published is None:
        raise RevloopError(_why_nothing_is_published(folder))
    if folder.warehouse.resolve() != published.resolve():
        found.worries.append(f"{folder.warehouse} does not lead to the last good night: run `revloop refresh`")
    _pay_link(folder, publication.pay_of(published), found)
    refresh_id = publication.refresh_id_of(published)
    try:
        with open_database(published, read_only=True) as connection:
            dates = connection.execute(
                "select as_of, finished_at from marts.fct_refreshes where refresh_id = ?", [refresh_id]
            ).fetchone()
            if dates is None:
                raise RevloopError(f"{published} does not know its refresh {refresh_id}: run `revloop refresh` again")
            _last_good_night(refresh_id, *dates, now, found)
            ages = feeds_seen.lateness(connection, refresh_id, now)
            found.lines.extend(f"lateness: {age.told}" for age in ages)
            found.worries.extend(
                feeds_seen.worries(connection, refresh_id, ages, feeds_seen.most_hours(settings.project))
            )
    except (duckdb.Error, OSError) as error:
        raise RevloopError(
            f"the publication {published} cannot be read ({one_line(error)}): run `revloop refresh`"
        ) from error


def _pay_link(folder: DataFolder, pay: Path, found: Status) -> None:
    # The last night of an earlier version has no pay, and no link to it.
    if not pay.exists() and folder.pay.is_symlink():
        found.worries.append(f"the link {folder.pay} leads nowhere: run `revloop refresh`")
    elif pay.exists() and folder.pay.resolve() != pay.resolve():
        found.worries.append(f"{folder.pay} does not lead to the last good night: run `revloop refresh`")


def _why_nothing_is_published(folder: DataFolder) -> str:
    if folder.warehouse.is_symlink():
        return f"the link {folder.warehouse} leads nowhere: run `revloop refresh`"
    return "nothing is published yet: run `revloop refresh`"


def _last_good_night(refresh_id: str, as_of: datetime, finished_at: datetime, now: datetime, found: Status) -> None:
    found.lines.append(f"last good night: {refresh_id}, as of {_utc(as_of)}, finished {_utc(finished_at)}")
    age = now - finished_at
    if age > OLDEST_NIGHT:
        hours = age / timedelta(hours=1)
        found.worries.append(f"the last good night is {hours:.0f} h old: look why none has been published since")
    if age < -CLOCK_TOLERANCE:
        found.worries.append(
            f"the last good night finished {_utc(finished_at)}, which is yet to come: set this machine's clock right"
        )


def _last_attempt(settings: Settings, folder: DataFolder, now: datetime, found: Status) -> None:
    attempt = attempts.read(folder.attempt)
    if attempt is None:
        return
    outcome = attempt.outcome
    if attempt.ended_at is None:
        outcome = "at work" if found.is_at_work else "killed"
    found.lines.append(f"last attempt: {attempt.refresh_id} ({attempt.command}), {outcome}")
    if outcome == "killed":
        found.worries.append("the last attempt was killed before it ended: run `revloop refresh`")
    elif outcome in (attempts.FAILED, attempts.INTERRUPTED):
        found.worries.extend(f"the last attempt failed: {cause}" for cause in attempt.causes[:MOST_CAUSES_SHOWN])
        if len(attempt.causes) > MOST_CAUSES_SHOWN:
            found.worries.append(f"{len(attempt.causes) - MOST_CAUSES_SHOWN} more causes are in {folder.attempt}")


def _site(settings: Settings, folder: DataFolder, now: datetime, found: Status) -> None:
    if page := sites.page(folder):
        found.lines.append(f"dashboard: {page}")
    causes: tuple[str, ...] = ()
    with suppress(RevloopError):
        # One that cannot be read is told above.
        attempt = attempts.read(folder.attempt)
        causes = attempt.site_causes if attempt else ()
    # A refresh makes it after it has published.
    if not found.is_at_work and (worry := sites.worry(folder, causes)):
        found.worries.append(worry)


def _erasure(settings: Settings, folder: DataFolder, now: datetime, found: Status) -> None:
    if folder.erase_pending.exists():
        found.worries.append("an erasure is not finished: run `revloop refresh`")


def _stored(settings: Settings, folder: DataFolder, now: datetime, found: Status) -> None:
    connection = connect(folder.store, read_only=True, patience=SECONDS_A_LOOK_WAITS)
    try:
        files = open_files(connection)
        found.worries.extend([*quarantine.told(files, now, MOST_FILES_SHOWN), *outliers(connection)])
        last_batch = refresh_log.last_batch(connection)
    except duckdb.Error as error:
        raise RevloopError(f"{folder.store} cannot be read ({one_line(error)}): restore it from a backup") from error
    finally:
        connection.close()
    found.lines.append(f"quarantine: {sum(file.rows for file in files)} rows open, in {len(files)} files")
    _unpublished_batch(folder, last_batch, found)


def _unpublished_batch(folder: DataFolder, last_batch: str | None, found: Status) -> None:
    published = publication.current(folder)
    if published is None or last_batch is None or found.is_at_work:
        return
    if last_batch != publication.refresh_id_of(published):
        found.worries.append(f"{last_batch} loaded its rows but was not published: run `revloop refresh` and read why")


def _rejects(settings: Settings, folder: DataFolder, now: datetime, found: Status) -> None:
    rejects = 0
    if folder.ledger.exists():
        with Ledger(folder.ledger, read_only=True) as ledger:
            rejects = ledger.open_rejects()
    found.lines.append(f"open rejects: {rejects}")
    if rejects:
        found.worries.append(f"{rejects} rows were rejected: mend them and run `revloop deliver --retry-rejected`")


def _sizes(settings: Settings, folder: DataFolder, now: datetime, found: Status) -> None:
    for path in sorted(folder.root.iterdir()):
        found.lines.append(f"size: {path.name} {_bytes(path) / 2**20:.1f} MiB")


def _bytes(path: Path) -> int:
    """Bytes of a file, or of all files below a folder; what a running refresh removes meanwhile is none."""
    total = 0
    for file in path.rglob("*") if path.is_dir() else [path]:
        with suppress(FileNotFoundError):
            state = file.lstat()
            total += state.st_size if stat.S_ISREG(state.st_mode) else 0
    return total


def _utc(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
