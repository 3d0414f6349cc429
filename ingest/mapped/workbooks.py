"""A sheet of an Excel workbook as rows of texts, read by a process of its own: no workbook costs more than itself.

How a cell becomes a text is in `workbook_cells`; what the columns mean is not known here.
"""

import csv
import io
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ingest.files import LandedFile
from ingest.mapped import workbook_cells
from ingest.origins import UnreadableError

_CODE = Path(__file__).resolve().parents[2]


def sheet_rows(file: LandedFile, sheet: str | None, unread: list[str] | None = None) -> Iterator[list[str]]:
    """The rows of a sheet that are not blank, from its header on; by the sheet's number from 1, or its name.

    Where no sheet is asked for it is the first, and `unread` gets the names of others that have rows.
    Raises UnreadableError where the workbook or the sheet cannot be read.
    """
    command = [sys.executable, "-m", workbook_cells.__name__, str(file.path), sheet or ""]
    surroundings = {**os.environ, "PYTHONPATH": str(_CODE), "RUST_BACKTRACE": "0"}
    with (
        tempfile.TemporaryFile() as complaints,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints, env=surroundings) as reader,
    ):
        assert reader.stdout is not None
        try:
            csv.field_size_limit(sys.maxsize)
            yield from csv.reader(io.TextIOWrapper(reader.stdout, encoding="utf-8", newline=""))
            status = reader.wait()
        finally:
            # Nobody may want the rest.
            reader.kill()
        complaints.seek(0)
        told = complaints.read().decode("utf-8", "replace").strip()
        if status == workbook_cells.UNREADABLE:
            raise UnreadableError(told)
        if status:
            raise UnreadableError("cannot be read as an Excel workbook, or takes too much memory: save it as CSV")
        if unread is not None:
            mark = workbook_cells.FURTHER
            unread += [line.removeprefix(mark) for line in told.splitlines() if line.startswith(mark)]
