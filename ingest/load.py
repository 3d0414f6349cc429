"""One refresh's batch: all origins that have rows for it, read one by one and stored together.

The files of a landing folder are the origins. What a format, a value or a row means, and what is stored, is decided by
the modules it calls.
"""

import csv
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from ingest.batch import BatchReport, FeedReport, store_batch
from ingest.erased import erase_waiting_rows
from ingest.feeds import FEEDS
from ingest.file_reader import FileReader
from ingest.known_origins import ReadOrigin, known_origins, rows_refused_before
from ingest.landing import WENT_AWAY, Ignored, Landing, discover
from ingest.origins import GoneError, Origin, Reader, UnreadableError
from ingest.sql import one_line
from ingest.staging import Staging
from ingest.store import connect, usable

# What a reader did not foresee costs its origin, never the neighbours; want of memory or disk costs the night.
_FAULTS_OF_AN_ORIGIN = (duckdb.Error, pa.ArrowException, csv.Error, ValueError, RecursionError)
_FAULTS_OF_THE_NIGHT = (duckdb.OutOfMemoryException, duckdb.IOException, duckdb.FatalException, pa.ArrowMemoryError)


def load_landing(
    landing: Path,
    store: Path,
    *,
    batch_id: str,
    now: datetime,
    stages: frozenset[str],
    hash_key: bytes,
    memory_limit: str | None = None,
    temp_directory: Path | None = None,
    progress: Callable[[str], None] = lambda message: None,
) -> BatchReport:
    """Load every file of the landing folder that was not loaded before.

    `stages` are the stages that a stage change may name; `hash_key` is the key of erased leads.
    Raises RevloopError, before anything is written, when the folder or the store is unusable.
    """
    found = discover(landing)
    with usable(store, "the disk space there and in the temporary folder"):
        connection = connect(store, memory_limit=memory_limit, temp_directory=temp_directory)
        try:
            reading = _Reading(Staging(connection, stages))
            for folder, cause in found.unlisted:
                reading.refuse(folder, f"the folder {cause}")
            reading.run(_readers(found, temp_directory), progress)
            erase_waiting_rows(connection, hash_key)
            progress("storing what was read")
            loaded_at = store_batch(connection, batch_id, now, reading.reports, reading.read, reading.skipped)
        finally:
            connection.close()
    gone = [Ignored(origin.source, WENT_AWAY) for origin in reading.gone]
    return BatchReport(batch_id, loaded_at, reading.reports, [*found.ignored, *gone])


def _readers(found: Landing, temp_directory: Path | None) -> Sequence[Reader]:
    """Everything that may have rows for the batch."""
    return [FileReader(file, temp_directory) for file in found.files]


class _Reading:
    """Origins on their way into staging: which were read, which are known already, and which are gone."""

    def __init__(self, staging: Staging) -> None:
        self.reports = {name: FeedReport() for name in FEEDS}
        self.read: list[ReadOrigin] = []
        self.skipped: list[tuple[Origin, str]] = []
        self.gone: list[Origin] = []
        self._staging = staging
        self._known = known_origins(staging.connection)

    def run(self, readers: Iterable[Reader], progress: Callable[[str], None]) -> None:
        """Let all rows wait that may be news."""
        for reader in readers:
            self._take(reader, progress)
        self._staging.flush()

    def refuse(self, origin: Origin, cause: str) -> None:
        """Let nothing of an origin wait but why it cannot be read."""
        self._staging.forget(origin)
        self._staging.add_unparseable(origin, [(None, cause, None)])
        if origin.source not in self.reports[origin.feed].files:
            self.reports[origin.feed].files.append(origin.source)

    def _take(self, reader: Reader, progress: Callable[[str], None]) -> None:
        origin, before = reader.origin, reader.state()
        try:
            fingerprint = reader.fingerprint()
        except GoneError:
            self.gone.append(origin)
            return
        except UnreadableError as error:
            self.refuse(origin, f"the {reader.kind} {error}")
            return
        if (origin.feed, fingerprint) in self._known:
            self.skipped.append((origin, fingerprint))
            return
        progress(f"reading {origin.source}")
        is_whole = self._stage(reader)
        if is_whole and reader.state() != before:
            self.refuse(origin, f"the {reader.kind} changed while it was read")
        if reader.state() == before:
            self._remember(origin, fingerprint)

    def _stage(self, reader: Reader) -> bool:
        """Whether all rows of an origin wait; where they do not, why is told of it."""
        try:
            drifted = reader.stage(self._staging)
        except UnreadableError as error:
            self.refuse(reader.origin, f"the {reader.kind} {error}")
            return False
        except _FAULTS_OF_THE_NIGHT:
            raise
        except _FAULTS_OF_AN_ORIGIN as error:
            self.refuse(reader.origin, f"the {reader.kind} cannot be read: {one_line(error)}")
            return False
        report = self.reports[reader.origin.feed]
        report.files.append(reader.origin.source)
        report.drifted_columns = sorted({*report.drifted_columns, *drifted})
        return True

    def _remember(self, origin: Origin, fingerprint: str) -> None:
        self._known.add((origin.feed, fingerprint))
        self.read.append(ReadOrigin(origin, fingerprint, self._staging.count(origin)))
        refused = rows_refused_before(self._staging.connection, origin.feed, fingerprint)
        if refused is not None:
            self._staging.add_refused_before(origin, refused)
