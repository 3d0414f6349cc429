"""What a person asks of a data folder: how the last night went, what is in quarantine, how large it is.

Reads only, and needs neither Dagster nor dbt.
"""

import stat
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from ingest.errors import RevloopError
from ingest.sql import literal
from ingest.store import connect
from orchestration import publication
from orchestration.data_folder import DataFolder
from orchestration.database import open_database
from orchestration.outputs.files import write_csv
from orchestration.outputs.ledger import Ledger

OLDEST_NIGHT = timedelta(hours=26)

LATENESS = """
select quality.feed, date_diff('second', quality.latest_occurred_at, refreshes.as_of) / 3600.0
from marts.kpi_data_quality as quality
inner join marts.fct_refreshes as refreshes on quality.refresh_id = refreshes.refresh_id
where quality.refresh_id = ? order by quality.feed
"""


@dataclass
class Status:
    """Lines to show, and the reasons for which a person should look."""

    lines: list[str] = field(default_factory=list)
    worries: list[str] = field(default_factory=list)


def status(folder: DataFolder, now: datetime) -> Status:
    """The state of a data folder."""
    folder.require()
    found = Status()
    published = publication.current(folder)
    if published is None:
        found.worries.append("nothing is published yet: run `revloop refresh`")
    else:
        _last_night(published, now, found)
    if folder.erase_pending.exists():
        found.worries.append("an erasure is not finished: run `revloop refresh`")
    for look in (_batches, _rejects):
        try:
            look(folder, found)
        except RevloopError as error:
            # While a run writes a file, readers cannot have it; the rest can still be told.
            found.lines.append(f"busy: {error}")
    for path in sorted(folder.root.iterdir()):
        found.lines.append(f"size: {path.name} {_bytes(path) / 2**20:.1f} MiB")
    return found


def quarantine_counts(folder: DataFolder, feed: str | None) -> list[tuple[str, str, int]]:
    """Feed, reason and number of quarantined rows, of one feed or of all."""
    folder.require()
    connection = connect(folder.store, read_only=True)
    try:
        return connection.execute(
            f"select feed, reason, count(*) {_quarantined(feed)} group by all order by all"
        ).fetchall()
    finally:
        connection.close()


def write_quarantine(folder: DataFolder, feed: str | None, out: Path) -> None:
    """Every quarantined row, of one feed or of all, as CSV that is safe to open in a spreadsheet."""
    folder.require()
    connection = connect(folder.store, read_only=True)
    try:
        write_csv(
            connection,
            f"select * {_quarantined(feed)} order by feed, batch_id, source, source_row",
            out,
        )
    finally:
        connection.close()


def _quarantined(feed: str | None) -> str:
    return "from raw.quarantine" + (f" where feed = {literal(feed)}" if feed else "")


def _last_night(published: Path, now: datetime, found: Status) -> None:
    refresh_id = publication.refresh_id_of(published)
    with open_database(published, read_only=True) as connection:
        as_of, finished_at = connection.execute(
            "select as_of, finished_at from marts.fct_refreshes where refresh_id = ?", [refresh_id]
        ).fetchone()
        lateness = connection.execute(LATENESS, [refresh_id]).fetchall()
    found.lines.append(f"last good night: {refresh_id}, as of {_utc(as_of)}, finished {_utc(finished_at)}")
    if now - finished_at > OLDEST_NIGHT:
        hours = (now - finished_at) / timedelta(hours=1)
        found.worries.append(f"the last good night is {hours:.0f} h old: look why none has been published since")
    for feed, hours in lateness:
        late = "no row yet" if hours is None else f"latest row {hours:.1f} h before as_of"
        found.lines.append(f"lateness: {feed} {late}")


def _batches(folder: DataFolder, found: Status) -> None:
    published = publication.current(folder)
    connection = connect(folder.store, read_only=True)
    try:
        quarantined = connection.execute(
            "select feed, reason, count(*), "
            "count(*) filter (where batch_id = (select max(batch_id) from ops.batches)) "
            "from raw.quarantine group by all order by all"
        ).fetchall()
        last_batch = connection.execute("select max(batch_id) from ops.batches").fetchone()[0]
    finally:
        connection.close()
    for feed, reason, count, _ in quarantined:
        found.lines.append(f"quarantine: {feed} {reason} {count}")
    if not quarantined:
        found.lines.append("quarantine: empty")
    if fresh := sum(row[3] for row in quarantined):
        found.worries.append(f"the last batch quarantined {fresh} rows: see `revloop quarantine`")
    if published is not None and last_batch is not None and last_batch > publication.refresh_id_of(published):
        found.worries.append(f"{last_batch} loaded its rows but was not published: run `revloop refresh` and read why")


def _rejects(folder: DataFolder, found: Status) -> None:
    rejects = 0
    if folder.ledger.exists():
        with Ledger(folder.ledger, read_only=True) as ledger:
            rejects = ledger.open_rejects()
    found.lines.append(f"open rejects: {rejects}")
    if rejects:
        found.worries.append(f"{rejects} rows were rejected: mend them and run `revloop deliver --retry-rejected`")


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
