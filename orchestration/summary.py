"""What a refresh says at its end: what it read, put aside, saw and published, and how long it took.

Nothing is worked out here that the refresh did not report or publish.
"""

from ingest.load import FeedReport
from orchestration.database import open_database
from orchestration.refresh import Night
from orchestration.settings import utc_now
from orchestration.timestamps import iso


def summary(night: Night) -> list[str]:
    """What the refresh read, put aside, saw and published, and how long it took."""
    assert night.batch and night.models and night.publication
    lines = [_feed_line(feed, report) for feed, report in night.batch.feeds.items()]
    if ignored := night.batch.ignored_files:
        lines.append(f"ignored files: {', '.join(map(str, ignored))}")
    with open_database(night.publication, read_only=True) as connection:
        parked = connection.execute(
            "select sum(parked_rows) from marts.kpi_data_quality where refresh_id = ?",
            [night.refresh_id],
        ).fetchone()
    lines.append(f"parked rows (their lead is not known yet): {(parked and parked[0]) or 0}")
    size = night.publication.stat().st_size / 2**20
    lines.append(
        f"published {night.folder.warehouse} -> {night.publication.name} ({size:.1f} MiB, "
        f"as of {iso(night.as_of)}, {night.checks_count} checks passed) "
        f"in {(utc_now() - night.started_at).total_seconds():.1f} s"
    )
    return lines


def _feed_line(feed: str, report: FeedReport) -> str:
    reasons = ", ".join(f"{reason} {count}" for reason, count in report.reasons.items() if count)
    drift = f"; columns beyond the contract: {', '.join(report.drifted_columns)}" if report.drifted_columns else ""
    return (
        f"{feed}: {report.rows_read} rows read, {report.rows_accepted} accepted, "
        f"{report.rows_quarantined} quarantined{f' ({reasons})' if reasons else ''}{drift}"
    )
