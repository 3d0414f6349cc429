"""Open a DuckDB file: wait a while for whoever holds it, and say in a line why it cannot be opened.

What is in the file is known to the callers.
"""

import logging
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import duckdb

from ingest.errors import RevloopError
from ingest.sql import one_line

# A reader may hold the store for as long as an export takes; nobody exports all night.
SECONDS_A_NIGHT_WAITS = 600.0
# Whoever only looks is told at once that a night is at work.
SECONDS_A_LOOK_WAITS = 1.0
SECONDS_BETWEEN_TRIES = 0.25
SECONDS_BETWEEN_LINES = 30.0

HOLDER = re.compile(r"Conflicting lock is held in (?P<program>.+?) \((?P<pid>PID \d+)\)")
LOG = logging.getLogger("revloop")

Opened = TypeVar("Opened")


class HeldError(RevloopError):
    """Another process holds the file; `holder` names it as DuckDB does."""

    def __init__(self, path: Path, holder: str) -> None:
        super().__init__(f"{path} is held by {holder}: wait until it has ended, or end it")
        self.holder = holder


def opened(path: Path, open_it: Callable[[], Opened], seconds: float | None = None) -> Opened:
    """What `open_it` opens at `path`, tried for so long (default: as long as a night waits) while others hold it.

    Raises HeldError if they hold it still, RevloopError if the file cannot be opened for another reason.
    """
    begun = time.monotonic()
    patience = SECONDS_A_NIGHT_WAITS if seconds is None else seconds
    told_at = float("-inf")
    while True:
        try:
            return open_it()
        except (duckdb.Error, OSError) as error:
            cause = why_not(path, error)
            now = time.monotonic()
            if not isinstance(cause, HeldError) or now - begun >= patience:
                raise cause from error
        if now - told_at >= SECONDS_BETWEEN_LINES:
            told_at = now
            LOG.warning("waiting for %s, up to %.0f s more: held by %s", path, patience - (now - begun), cause.holder)
        time.sleep(SECONDS_BETWEEN_TRIES)


def why_not(path: Path, error: Exception) -> RevloopError:
    """The one cause for which a DuckDB file cannot be opened, with what to do about it."""
    text = one_line(error)
    if "Could not set lock" in text:
        found = HOLDER.search(text)
        return HeldError(path, f"{found['program']} ({found['pid']})" if found else "another process")
    if not path.exists():
        return RevloopError(f"{path} is missing: restore it from a backup")
    if "Permission denied" in text or isinstance(error, PermissionError):
        return RevloopError(f"{path} may not be opened by this user: give this user access to it")
    if isinstance(error, duckdb.OutOfMemoryException):
        return RevloopError(f"cannot open {path}: {text}; allow more memory")
    if "No space left" in text:
        return RevloopError(f"cannot open {path}: the disk is full; make room on it")
    if "not a valid DuckDB database" in text:
        return RevloopError(f"{path} is no DuckDB database: restore it from a backup")
    if "newer version" in text or "storage version" in text:
        return RevloopError(f"cannot open {path}: {text}")
    return RevloopError(f"{path} cannot be read ({text}): restore it from a backup if the disk is sound")
