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
from ingest.known_origins import KnownOrigins, ReadOrigin, rows_refused_before
from ingest.landing import WENT_AWAY, Ignored, Landing, discover
from ingest.mapped.export import exports_of
from ingest.mapped.library import Mappings
from ingest.mapped.reader import ExportReader
from ingest.origins import Account, GoneError, Origin, Reader, UnreadableError
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
    mappings: Path | None = None,
    memory_limit: str | None = None,
    temp_directory: Path | None = None,
    progress: Callable[[str], None] = lambda message: None,
) -> BatchReport:
    """Load every file of the landing folder that was not loaded before.

    `stages` are the stages that a stage change may name; `hash_key` is the key of erased leads; `mappings` is a folder
    of mappings that count before the shipped ones. Raises RevloopError, before anything is written, when the folder, a
    mapping that is needed or the store is unusable.
    """
    found = discover(landing, Mappings(mappings, stages))
    with usable(store, "the disk space there and in the temporary folder"):
        connection = connect(store, memory_limit=memory_limit, temp_directory=temp_directory)
        try:
            reading = _Reading(Staging(connection, stages))
            for folder, cause in found.unlisted:
                reading.refuse([folder], f"the folder {cause}")
            reading.run(_readers(found, temp_directory), progress)
            erase_waiting_rows(connection, hash_key)
            progress("storing what was read")
            loaded_at = store_batch(connection, batch_id, now, reading.reports, reading.read, reading.skipped)
        finally:
            connection.close()
    gone = [Ignored(origin.source, WENT_AWAY) for origin in reading.gone]
    return BatchReport(batch_id, loaded_at, reading.reports, [*found.ignored, *gone], reading.notes)


def _readers(found: Landing, temp_directory: Path | None) -> Sequence[Reader]:
    """Everything that may have rows for the batch."""
    exports = exports_of(found.mappings, found.exported, temp_directory)
    return [
        *(FileReader(file, temp_directory) for file in found.files),
        *(ExportReader(file, exports[file.mapping]) for file in found.exported),
    ]


class _Reading:
    """Origins on their way into staging: which were read, which are known already, and which are gone."""

    def __init__(self, staging: Staging) -> None:
        self.reports = {name: FeedReport() for name in FEEDS}
        self.read: list[ReadOrigin] = []
        self.skipped: list[tuple[Origin, str]] = []
        self.gone: list[Origin] = []
        self.notes: list[str] = []
        self._staging = staging
        self._known = KnownOrigins(staging.connection)

    def run(self, readers: Iterable[Reader], progress: Callable[[str], None]) -> None:
        """Let all rows wait that may be news."""
        for reader in readers:
            self._take(reader, progress)
        self._staging.flush()

    def refuse(self, origins: Sequence[Origin], cause: str) -> None:
        """Let nothing of an origin wait but why it cannot be read."""
        for origin in origins:
            self._staging.forget(origin)
        first = origins[0]
        self._staging.add_unparseable(first, [(None, cause, None)])
        if first.source not in self.reports[first.feed].files:
            self.reports[first.feed].files.append(first.source)

    def _take(self, reader: Reader, progress: Callable[[str], None]) -> None:
        origins, before = reader.origins, reader.state()
        try:
            fingerprint, read_with = reader.fingerprint(), reader.read_with()
        except GoneError:
            self.gone.append(origins[0])
            return
        except UnreadableError as error:
            self.refuse(origins, f"the {reader.kind} {error}")
            return
        if self._known.have(origins, fingerprint, read_with):
            self.skipped += [(origin, fingerprint) for origin in origins]
            return
        progress(f"reading {origins[0].source}")
        account = self._stage(reader, origins)
        if account is not None and reader.state() != before:
            self.refuse(origins, f"the {reader.kind} changed while it was read")
        if reader.state() == before:
            for origin in origins:
                self._remember(origin, fingerprint, read_with, account or Account())

    def _stage(self, reader: Reader, origins: Sequence[Origin]) -> Account | None:
        """What became of the rows of an origin, once all wait; None where they do not, and why is told of it."""
        try:
            account = reader.stage(self._staging)
        except UnreadableError as error:
            self.refuse(origins, f"the {reader.kind} {error}")
            return None
        except _FAULTS_OF_THE_NIGHT:
            raise
        except _FAULTS_OF_AN_ORIGIN as error:
            self.refuse(origins, f"the {reader.kind} cannot be read: {one_line(error)}")
            return None
        for origin in origins:
            self.reports[origin.feed].files.append(origin.source)
        report = self.reports[origins[0].feed]
        report.drifted_columns = sorted({*report.drifted_columns, *account.drifted})
        self.notes += [f"{origins[0].source}: {note}" for note in account.notes]
        return account

    def _remember(self, origin: Origin, fingerprint: str, read_with: frozenset[str], account: Account) -> None:
        self._known.add(origin, fingerprint, read_with)
        self.read.append(ReadOrigin(origin, fingerprint, self._staging.count(origin), read_with, account))
        # Where rows depend on more than their origin, what was accepted before may have changed with it.
        refused = None if read_with else rows_refused_before(self._staging.connection, origin.feed, fingerprint)
        if refused is not None:
            self._staging.add_refused_before(origin, refused)
