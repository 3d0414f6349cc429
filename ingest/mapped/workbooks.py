"""A sheet of an Excel workbook as rows of texts: a typed cell counts as its text, a date in ISO spelling.

What the columns mean is not known here.
"""

import datetime as dt
import zipfile
from collections.abc import Iterator

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, WorksheetNotFound, ZipError

from ingest.errors import did_you_mean
from ingest.files import LandedFile
from ingest.json_lines import plain_number
from ingest.origins import UnreadableError
from ingest.sql import one_line
from ingest.texts import trimmed

# A workbook is held in memory whole.
_MOST_BYTES = 4 * 2**30
# A spreadsheet keeps fifteen digits of a number: what has more is no longer what was typed.
_MOST_WHOLE = 10**15
_THOUSANDS = 3
_SECOND = dt.timedelta(seconds=1)


def sheet_rows(file: LandedFile, sheet: str | None) -> Iterator[list[str]]:
    """The rows of a sheet that are not blank, from its header on; by the sheet's number from 1, or its name.

    Raises UnreadableError where the workbook or the sheet cannot be read.
    """
    try:
        with zipfile.ZipFile(file.path) as archive:
            size = sum(member.file_size for member in archive.infolist())
        if size > _MOST_BYTES:
            raise UnreadableError(f"cannot be read: it unpacks to {size} bytes; save it as CSV")
        workbook = CalamineWorkbook.from_path(str(file.path))
        try:
            for row in _sheet(workbook, sheet).iter_rows():
                texts = [_text(cell) for cell in row]
                if any(map(trimmed, texts)):
                    yield texts
        finally:
            workbook.close()
    except PasswordError as error:
        raise UnreadableError("cannot be read: it is locked by a password") from error
    except (CalamineError, ZipError, zipfile.BadZipFile, OSError) as error:
        raise UnreadableError(f"cannot be read as an Excel workbook: {one_line(error)}") from error


def typed_number(text: str) -> str:
    """A number that was none of a text's, so spelled that no spelling of numbers takes its point for thousands."""
    _, point, fraction = text.partition(".")
    return f"{text}0" if point and len(fraction) == _THOUSANDS else text


def _sheet(workbook: CalamineWorkbook, sheet: str | None) -> "object":
    names = workbook.sheet_names
    wanted = sheet or "1"
    try:
        if wanted.isdigit() and wanted not in names:
            if not 1 <= int(wanted) <= len(names):
                raise UnreadableError(f"cannot be read: it has {len(names)} sheets, and no sheet {wanted}")
            return workbook.get_sheet_by_index(int(wanted) - 1)
        return workbook.get_sheet_by_name(wanted)
    except WorksheetNotFound as error:
        meant = did_you_mean(wanted, names)
        raise UnreadableError(f"cannot be read: it has no sheet '{wanted}', only {', '.join(names)}{meant}") from error


def _text(cell: object) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, int | float):
        return _number(cell)
    if isinstance(cell, dt.datetime):
        return _rounded(cell).isoformat(sep=" ")
    if isinstance(cell, dt.timedelta):
        return str(cell)
    return "" if cell is None else str(cell)


def _number(cell: float) -> str:
    if abs(cell) >= _MOST_WHOLE:
        # As a spreadsheet shows it, so that an id of it is known as cut.
        return f"{cell:.14E}"
    return typed_number(plain_number(repr(cell)))


def _rounded(moment: dt.datetime) -> dt.datetime:
    """A moment to the second, as a workbook keeps days and their fractions in a number of limited digits."""
    return (moment + _SECOND / 2).replace(microsecond=0)
