"""What a refresh says at its end: what it read, put aside, saw and published, and where a person should look.

What is worth a look is worked out where `revloop status` has it from.
"""

from collections.abc import Sequence

from ingest.load import FeedReport
from ingest.opening import SECONDS_A_LOOK_WAITS, HeldError
from ingest.outliers import outliers
from ingest.quarantined import open_files
from ingest.store import connect
from orchestration import feeds_seen, quarantine, sites
from orchestration.database import open_database
from orchestration.refresh import Refresh
from orchestration.settings import utc_now
from orchestration.timestamps import iso

MOST_LOOKS = 8
MOST_NAMES = 12


def summary(refresh: Refresh) -> list[str]:
    """What the refresh read, put aside, saw and published, and how long it took."""
    assert refresh.batch and refresh.publication
    lines = [_feed_line(feed, report) for feed, report in refresh.batch.feeds.items()]
    if ignored := refresh.batch.ignored_files:
        lines.append(f"ignored files: {', '.join(map(str, ignored))}")
    with open_database(refresh.publication, read_only=True) as connection:
        parked = connection.execute(
            "select sum(parked_rows) from marts.kpi_data_quality where refresh_id = ?",
            [refresh.refresh_id],
        ).fetchone()
    lines.append(f"parked rows (their lead is not known yet): {(parked and parked[0]) or 0}")
    size = refresh.publication.stat().st_size / 2**20
    lines.append(
        f"published {refresh.folder.warehouse} -> {refresh.refresh_id} ({size:.1f} MiB, "
        f"as of {iso(refresh.as_of)}, {refresh.checks_count} checks passed) "
        f"in {(utc_now() - refresh.started_at).total_seconds():.1f} s"
    )
    if page := sites.page(refresh.folder):
        lines.append(f"dashboard: {page}")
    return lines


def looks(refresh: Refresh) -> list[str]:
    """Where a person should look after this refresh, as `revloop status` says it, in a few lines."""
    assert refresh.batch and refresh.publication
    now = utc_now()
    with open_database(refresh.publication, read_only=True) as connection:
        ages = feeds_seen.lateness(connection, refresh.refresh_id, now)
        limit = feeds_seen.most_hours(refresh.project.folder)
        worries = list(feeds_seen.worries(connection, refresh.refresh_id, ages, limit))
    without_site = sites.worry(refresh.folder, refresh.site_causes)
    first = [without_site] if without_site else []
    try:
        store = connect(refresh.folder.store, read_only=True, patience=SECONDS_A_LOOK_WAITS)
    except HeldError as error:
        return _few([*first, *worries, str(error)])
    try:
        told = quarantine.told(open_files(store), now, MOST_LOOKS)
        return _few([*first, *told, *refresh.batch.notes, *outliers(store), *worries])
    finally:
        store.close()


def _few(worries: Sequence[str]) -> list[str]:
    lines = [f"look: {worry}" for worry in worries[:MOST_LOOKS]]
    left = len(worries) - len(lines)
    return [*lines, *([f"look: {left} more lines in `revloop status`"] if left else [])]


def _feed_line(feed: str, report: FeedReport) -> str:
    reasons = ", ".join(f"{reason} {count}" for reason, count in report.reasons.items() if count)
    drift = f"; columns beyond the contract: {_some(report.drifted_columns)}" if report.drifted_columns else ""
    return (
        f"{feed}: {report.rows_read} rows read, {report.rows_accepted} accepted, "
        f"{report.rows_quarantined} quarantined{f' ({reasons})' if reasons else ''}{drift}"
    )


def _some(names: Sequence[str]) -> str:
    """Names, of many the first: an export has hundreds of columns that nobody reads."""
    left = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {left} more" if left > 0 else "")
