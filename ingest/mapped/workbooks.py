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


def sheet_rows(file: LandedFile, sheet: str | None) -> Iterator[list[str]]:
    """The rows of a sheet that are not blank, from its header on; by the sheet's number from 1, or its name.

    Raises UnreadableError where the workbook or the sheet cannot be read.
    """
    command = [sys.executable, "-m", workbook_cells.__name__, str(file.path), sheet or "1"]
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
        if status == workbook_cells.UNREADABLE:
            complaints.seek(0)
            raise UnreadableError(complaints.read().decode("utf-8", "replace").strip())
        if status:
            raise UnreadableError("cannot be read as an Excel workbook, or takes too much memory: save it as CSV")
