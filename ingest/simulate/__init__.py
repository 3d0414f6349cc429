"""A made-up company in the landing layout, for a first run, for tests and for measurements.
Everything comes from the seed: no clock, no real person, no reading of the warehouse.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ingest.errors import RevloopError
from ingest.feeds import FEEDS
from ingest.simulate.clock import END_DATE, Span
from ingest.simulate.company import Company
from ingest.simulate.landing import Landing
from ingest.simulate.outcomes import Win
from ingest.simulate.plants import Plant, PlantedProcess
from ingest.simulate.process import Process
from ingest.simulate.reps import Rep, Roster
from ingest.simulate.swings import SwingingProcess

CHUNK_LEADS = 20_000


@dataclass(frozen=True)
class SimulationReport:
    """What was written: rows per feed (bad ones included), files, bad rows per feed and reason; and what was won."""

    rows: dict[str, int]
    files: tuple[Path, ...]
    bad_rows: dict[str, dict[str, int]]
    wins: tuple[Win, ...]


def simulate(
    leads: int,
    out: Path,
    *,
    seed: int,
    reps: Sequence[Rep],
    until: dt.date = END_DATE,
    plant: Plant | None = None,
    progress: Callable[[str], None] = lambda line: None,
) -> SimulationReport:
    """Write a company of that many leads, as it stands when the UTC day `until` begins, into `out`.

    It is two years old then, whatever the day. The same leads, seed, until, reps and plant (one known fault in
    the process) give the same bytes. Raises RevloopError if leads < 1, the seed is negative, there are no reps,
    no company can live until that day, or `out` cannot be written or holds feeds of another origin.
    """
    process = PlantedProcess(plant) if plant else Process()
    return _write(leads, out, seed, Span(until), reps, process, progress)


def simulate_years(
    leads: int,
    out: Path,
    *,
    seed: int,
    reps: Sequence[Rep],
    since: dt.date,
    until: dt.date = END_DATE,
    progress: Callable[[str], None] = lambda line: None,
) -> SimulationReport:
    """Write a company that has lived since the UTC day `since`, in a market that swings: no month is as the last.

    Luck, demand and prices vary as they do where nobody evens them out; what was won is in the report. The same
    arguments give the same bytes. Raises RevloopError as `simulate` does, and for less than two years.
    """
    return _write(leads, out, seed, Span(until, since), reps, SwingingProcess(seed), progress)


def _write(
    leads: int,
    out: Path,
    seed: int,
    span: Span,
    reps: Sequence[Rep],
    process: Process,
    progress: Callable[[str], None],
) -> SimulationReport:
    if leads < 1:
        raise RevloopError(f"Cannot simulate {leads} leads. Ask for at least 1.")
    if seed < 0:
        raise RevloopError(f"The seed {seed} is negative. Give one from 0 on.")
    if not reps:
        raise RevloopError("There are no reps to act. Add rows to the seed reps.csv.")
    with _one_line_errors(out), Landing(out) as landing:
        company = Company(leads, seed, span, Roster(reps, span), process, landing)
        for part, first in enumerate(range(0, leads, CHUNK_LEADS), start=1):
            done = min(first + CHUNK_LEADS, leads)
            company.grow(part, first, done - first)
            progress(f"simulated {done} of {leads} leads, {sum(landing.rows.values())} rows")
        company.end()
    files = sorted(path for feed in FEEDS for path in (out / feed).iterdir())
    return SimulationReport(
        rows={feed: landing.rows[feed] for feed in FEEDS},
        files=tuple(files),
        bad_rows={feed: dict(sorted(landing.bad_rows[feed].items())) for feed in FEEDS},
        wins=tuple(company.wins),
    )


@contextmanager
def _one_line_errors(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RevloopError(
            f"Cannot write to {out}: {error.strerror}. Name a folder with room and your rights."
        ) from error
