"""The last attempt at a night: what began, how it ended and why, in a small file of the data folder.

It stands beside the store and the publications, so that it tells its story also when they cannot be read. It holds
no personal data.
"""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from ingest.errors import NothingToDoError, RevloopError
from ingest.sql import one_line
from orchestration.data_folder import DataFolder, exclusive, write_whole
from orchestration.settings import Settings, utc_now
from orchestration.timestamps import iso

BEGUN, PUBLISHED, FAILED, INTERRUPTED = "begun", "published", "failed", "interrupted"
INTERRUPTED_CAUSE = "interrupted; nothing was published"


@dataclass(frozen=True)
class Attempt:
    """One refresh, by any way of starting it; `ended_at` is None while it runs, and for ever if it was killed.

    `causes` are why nothing was published, `site_causes` why what was published has no dashboard.
    """

    refresh_id: str
    command: str
    pid: int
    started_at: str
    ended_at: str | None = None
    outcome: str = BEGUN
    causes: tuple[str, ...] = ()
    site_causes: tuple[str, ...] = ()


@dataclass
class Ending:
    """What a refresh knows of itself at its end, however whoever runs its steps treats their errors."""

    refresh_id: str
    is_published: bool = False
    causes: tuple[str, ...] = ()
    site_causes: tuple[str, ...] = ()


def read(path: Path) -> Attempt | None:
    """The attempt that began last, None before the first; RevloopError if the file is damaged."""
    try:
        told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        # One of an earlier version says nothing of a dashboard.
        lists = {"causes": tuple(told["causes"]), "site_causes": tuple(told.get("site_causes", ()))}
        return Attempt(**{**told, **lists})
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError, OSError) as error:
        raise RevloopError(f"{path} cannot be read ({one_line(error)}): the next refresh writes it anew") from error


@contextmanager
def recorded(
    path: Path,
    command: str,
    started_at: datetime,
    private: Sequence[str],
    ending: Callable[[], Ending],
) -> Iterator[None]:
    """Write down that a refresh began, and what became of it. The caller holds the data folder.

    `private` are words that no cause may name; `ending` is asked for what the refresh reached. Of a command that found
    nothing to do nothing is written.
    """
    before = path.read_bytes() if path.exists() else None
    begun = Attempt(ending().refresh_id, command, os.getpid(), iso(started_at))
    _write(path, begun)
    raised: tuple[str, ...] = ()
    outcome, is_attempt = FAILED, True
    try:
        yield
    except GeneratorExit:
        # Whoever began the refresh only lets go of it.
        raise
    except NothingToDoError:
        is_attempt = False
        raise
    except BaseException as error:
        raised = causes_of(error)
        outcome = FAILED if isinstance(error, Exception) else INTERRUPTED
        raise
    finally:
        if is_attempt:
            ended = _ended(begun, ending(), outcome, raised)
            _write(path, _without(private, ended))
        elif before is None:
            path.unlink()
        else:
            path.write_bytes(before)


def _ended(begun: Attempt, ending: Ending, outcome: str, raised: tuple[str, ...]) -> Attempt:
    causes = raised or ending.causes
    if INTERRUPTED_CAUSE in causes:
        outcome = INTERRUPTED
    if ending.is_published:
        outcome = PUBLISHED
    elif not causes:
        causes = ("not all of its steps were run",)
    return replace(
        begun,
        refresh_id=ending.refresh_id,
        ended_at=iso(utc_now()),
        outcome=outcome,
        causes=causes,
        site_causes=ending.site_causes,
    )


@contextmanager
def refusals(settings: Settings) -> Iterator[None]:
    """Write down that a refresh was refused before it began. A data folder that is not there is not made for it."""
    try:
        yield
    except RevloopError as refused:
        folder, now = DataFolder(settings.data), utc_now()
        if folder.layout.exists():
            with suppress(RevloopError), exclusive(folder, settings.command, now):
                begun = Attempt(f"{now:r%Y%m%dT%H%M%S%fZ}", settings.command, os.getpid(), iso(now))
                _write(folder.attempt, replace(begun, ended_at=iso(now), outcome=FAILED, causes=refused.causes))
        raise


def causes_of(error: BaseException) -> tuple[str, ...]:
    """Why a refresh failed, line by line."""
    if isinstance(error, RevloopError):
        return error.causes
    if not isinstance(error, Exception):
        return (INTERRUPTED_CAUSE,)
    return (f"{type(error).__name__}: {one_line(error)}",)


def _without(private: Sequence[str], attempt: Attempt) -> Attempt:
    def silent(causes: Sequence[str]) -> tuple[str, ...]:
        for word in private:
            causes = [cause.replace(word, "…") for cause in causes]
        return tuple(causes)

    return replace(attempt, causes=silent(attempt.causes), site_causes=silent(attempt.site_causes))


def _write(path: Path, attempt: Attempt) -> None:
    # Names and causes may hold bytes that are no text: JSON escapes them.
    write_whole(path, json.dumps(asdict(attempt), indent=1) + "\n")
