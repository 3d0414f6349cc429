"""What an operator is told of the quarantine: how much lies open, of which files, since when; and closing it by hand.

What lies there is asked in `ingest.quarantined`, what closes a row by itself is known to `ingest.closing`.
"""

import difflib
import shlex
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from ingest.closing import close_source
from ingest.errors import RevloopError
from ingest.quarantined import Count, OpenFile, copied, counts, sources
from ingest.store import connect
from orchestration.outputs.files import write_csv


def told(files: Sequence[OpenFile], now: datetime, most: int) -> list[str]:
    """Lines that tell what lies open, of so many files at most."""
    lines = [_told(file, now) for file in files[:most]]
    if len(files) > most:
        lines.append(f"{len(files) - most} more files have rows in quarantine: see `revloop quarantine --out FILE`")
    return lines


def shown(store: Path, feed: str | None) -> list[str]:
    """How much lies there by feed and reason, of one feed or of all, as lines of a table."""
    lines = [
        f"{one.feed:<12}{one.reason:<18}"
        + (f"{one.other_rows:>10} turned away" if one.reason == "erased" else _open_and_closed(one))
        for one in counts(store, feed)
    ]
    return lines or ["quarantine is empty"]


def close(store: Path, feed: str | None, source: str, now: datetime) -> list[str]:
    """Close what lies open of a source, and tell what that was. RevloopError if quarantine knows no such source."""
    with connect(store) as connection:
        known = sources(connection, feed)
        if source not in known:
            near = difflib.get_close_matches(source, known, n=1, cutoff=0)
            hint = f"; the nearest is {near[0]}" if near else ", it is empty"
            raise RevloopError(f"nothing of {source} lies in quarantine{hint}: see `revloop quarantine`")
        closed = close_source(connection, source, feed, now)
    lines = [f"{name}: {_rows(count)} of {source} closed" for name, count in closed.items()]
    return lines or [f"nothing of {source} was open"]


def write(store: Path, feed: str | None, out: Path) -> None:
    """Every quarantined row, of one feed or of all, as CSV that is safe to open in a spreadsheet."""
    with copied(store, feed) as rows:
        write_csv(rows, "select * from rows order by feed, batch_id, source, source_row", out)


def _told(file: OpenFile, now: datetime) -> str:
    """One line: how much of which file waits since when, and what to do about it."""
    age = f"open for {_age(now, file.since)}"
    remedy = f"mend it, or `revloop quarantine --close {shlex.quote(file.source)}`"
    if file.is_refused:
        return f"the file {file.source} was refused whole, {age}: {file.detail}; {remedy}"
    return f"quarantine holds {_rows(file.rows)} of {file.source}, {age}, such as: {file.detail}; {remedy}"


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"


def _age(now: datetime, since: datetime) -> str:
    """A length of time as an operator says it, in hours, and from three days on in days."""
    hours = max((now - since).total_seconds(), 0) / 3600
    return f"{hours:.0f} h" if hours < 72 else f"{hours / 24:.0f} days"


def _open_and_closed(one: Count) -> str:
    closed = f", {one.other_rows} closed" if one.other_rows else ""
    return f"{one.open_rows:>10} open{closed}"
