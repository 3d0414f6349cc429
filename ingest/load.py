"""One refresh's batch: the files of a landing folder, read one by one and stored together.

What a format, a value or a row means, and what is stored, is decided by the modules it calls.
"""

import csv
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from ingest.batch import BatchReport, FeedReport, store_batch
from ingest.csv_files import load_csv
from ingest.erased import erase_waiting_rows
from ingest.feeds import FEEDS
from ingest.files import GoneFileError, LandedFile, UnreadableFileError, readable_by_engines, sha256, state_of
from ingest.jsonl_files import load_jsonl
from ingest.known_files import ReadFile, known_files, rows_refused_before
from ingest.landing import WENT_AWAY, Ignored, Landing, discover
from ingest.parquet_files import load_parquet
from ingest.sql import one_line
from ingest.staging import Staging
from ingest.store import connect, usable

_LOADERS = {"csv": load_csv, "jsonl": load_jsonl, "parquet": load_parquet}
# What a reader did not foresee costs the file, never its neighbours; want of memory or disk costs the night.
_FAULTS_OF_A_FILE = (duckdb.Error, pa.ArrowException, csv.Error, ValueError, RecursionError)
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
            staging = Staging(connection, stages)
            reports = {name: FeedReport() for name in FEEDS}
            read_files, skipped = _read_files(staging, found, reports, temp_directory, progress)
            staging.flush()
            erase_waiting_rows(connection, hash_key)
            progress("storing what was read")
            loaded_at = store_batch(connection, batch_id, now, reports, read_files, skipped)
        finally:
            connection.close()
    return BatchReport(batch_id, loaded_at, reports, found.ignored)


def _read_files(
    staging: Staging,
    found: Landing,
    reports: dict[str, FeedReport],
    temp_directory: Path | None,
    progress: Callable[[str], None],
) -> tuple[list[ReadFile], list[tuple[LandedFile, str]]]:
    """The files that were read, and those that were not, as their bytes were before."""
    known = known_files(staging.connection)
    for folder, cause in found.unlisted:
        _add_unreadable(staging, folder, cause, reports, what="folder")
    read_files: list[ReadFile] = []
    skipped: list[tuple[LandedFile, str]] = []
    for file in found.files:
        before = state_of(file.path)
        try:
            digest = sha256(file.path)
        except GoneFileError:
            found.ignored.append(Ignored(file.source, WENT_AWAY))
            continue
        except UnreadableFileError as error:
            _add_unreadable(staging, file, str(error), reports)
            continue
        if (file.feed, digest) in known:
            skipped.append((file, digest))
            continue
        progress(f"reading {file.source}")
        is_whole = _read_file(staging, file, reports, temp_directory)
        if is_whole and state_of(file.path) != before:
            _add_unreadable(staging, file, "changed while it was read", reports)
        if state_of(file.path) == before:
            known.add((file.feed, digest))
            read_files.append(ReadFile(file, digest, staging.count(file)))
            refused = rows_refused_before(staging.connection, file.feed, digest)
            if refused is not None:
                staging.add_refused_before(file, refused)
    return read_files, skipped


def _read_file(staging: Staging, file: LandedFile, reports: dict[str, FeedReport], temp_directory: Path | None) -> bool:
    report = reports[file.feed]
    try:
        with readable_by_engines(file, temp_directory) as readable:
            drifted = _LOADERS[file.format](staging, readable)
    except UnreadableFileError as error:
        _add_unreadable(staging, file, str(error), reports)
        return False
    except _FAULTS_OF_THE_NIGHT:
        raise
    except _FAULTS_OF_A_FILE as error:
        _add_unreadable(staging, file, f"cannot be read: {one_line(error)}", reports)
        return False
    report.files.append(file.source)
    report.drifted_columns = sorted({*report.drifted_columns, *drifted})
    return True


def _add_unreadable(
    staging: Staging, file: LandedFile, cause: str, reports: dict[str, FeedReport], what: str = "file"
) -> None:
    staging.forget(file)
    staging.add_unparseable(file, [(None, f"the {what} {cause}", None)])
    if file.source not in reports[file.feed].files:
        reports[file.feed].files.append(file.source)
