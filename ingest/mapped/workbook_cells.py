"""Write the rows of a workbook's sheet as CSV to the standard output: a typed cell as its text, a date in ISO spelling.

This is a process of its own, as a workbook is held in memory whole and may ask for more than there is: see `workbooks`.
"""

import csv
import datetime as dt
import resource
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from python_calamine import CalamineSheet, CalamineWorkbook, PasswordError, SheetVisibleEnum, WorksheetNotFound

from ingest.errors import did_you_mean
from ingest.json_lines import plain_number
from ingest.sql import one_line
from ingest.texts import trimmed

_ARCHIVE, _OLD = b"PK", b"\xd0\xcf\x11\xe0"
UNREADABLE = 3
# What a line of the standard error begins with that names a further sheet.
FURTHER = "sheet: "
_MOST_MEMORY = 6 * 2**30
# A spreadsheet keeps fifteen digits of a number: what has more is no longer what was typed.
_MOST_WHOLE = 10**15
_THOUSANDS = 3
_HALF_A_SECOND = dt.timedelta(seconds=0.5)


class _SheetError(Exception):
    """A sheet that cannot be read; its text says why."""


def rows_of(path: Path, sheet: str) -> Iterator[list[str]]:
    """The rows of a sheet that are not blank."""
    workbook = CalamineWorkbook.from_path(str(path))
    for row in _sheet(workbook, sheet or "1").iter_rows():
        texts = [_text(cell) for cell in row]
        if any(map(trimmed, texts)):
            yield texts


def further_sheets(path: Path) -> Iterator[str]:
    """The names of the sheets behind the first that people see and that have a header and rows."""
    workbook = CalamineWorkbook.from_path(str(path))
    seen = [one.name for one in workbook.sheets_metadata if one.visible == SheetVisibleEnum.Visible]
    for name in workbook.sheet_names[1:]:
        with suppress(Exception):
            if name in seen and workbook.get_sheet_by_name(name).height > 1:
                yield " ".join(name.split())


def typed_number(text: str) -> str:
    """A number that was none of a text's, so spelled that no spelling of numbers takes its point for thousands."""
    _, point, fraction = text.partition(".")
    return f"{text}0" if point and len(fraction) == _THOUSANDS else text


def _sheet(workbook: CalamineWorkbook, sheet: str) -> CalamineSheet:
    names = workbook.sheet_names
    try:
        if sheet.isdigit() and sheet not in names:
            if not 1 <= int(sheet) <= len(names):
                raise _SheetError(f"cannot be read: it has {len(names)} sheets, and no sheet {sheet}")
            return workbook.get_sheet_by_index(int(sheet) - 1)
        return workbook.get_sheet_by_name(sheet)
    except WorksheetNotFound as error:
        meant = did_you_mean(sheet, names)
        raise _SheetError(f"cannot be read: it has no sheet '{sheet}', only {', '.join(names)}{meant}") from error


def _text(cell: object) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, int | float):
        return _number(cell)
    if isinstance(cell, dt.datetime):
        return _to_the_second(cell).isoformat(sep=" ")
    return "" if cell is None else str(cell)


def _number(cell: float) -> str:
    if abs(cell) >= _MOST_WHOLE:
        # As a spreadsheet shows it, so that an id of it is known as cut.
        return f"{cell:.14E}"
    return typed_number(plain_number(repr(cell)))


def _to_the_second(moment: dt.datetime) -> dt.datetime:
    """A workbook keeps a moment as a number of days, which falls short of the second by a little or exceeds it."""
    with suppress(OverflowError):
        moment += _HALF_A_SECOND
    return moment.replace(microsecond=0)


def _why(path: Path, error: Exception) -> str:
    """What a file is that is no workbook, and what to do about it."""
    with path.open("rb") as file:
        start = file.read(4)
    if not start:
        return "it is empty: export it again"
    if start.startswith(_OLD):
        return "it is an old one (.xls), or locked by a password: save it as .xlsx, without a password"
    if start.startswith(_ARCHIVE):
        return f"it is damaged or cut off ({one_line(error)}): export it again, or save it anew in Excel"
    return "it is none, whatever its name says: let its name end in .csv if it is text, else export it again as .xlsx"


def main() -> int:
    """The exit code of this process; why a workbook cannot be read goes to the standard error."""
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    sys.stdout.reconfigure(encoding="utf-8", newline="")  # type: ignore[union-attr]
    sys.stderr.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    try:
        csv.writer(sys.stdout).writerows(rows_of(Path(sys.argv[1]), sys.argv[2]))
        sys.stdout.flush()
        if not sys.argv[2]:
            sys.stderr.writelines(f"{FURTHER}{name}\n" for name in further_sheets(Path(sys.argv[1])))
    except _SheetError as error:
        cause = str(error)
    except PasswordError:
        cause = "cannot be read: it is locked by a password: save it without one"
    except BrokenPipeError:
        return 0
    except Exception as error:  # noqa: BLE001
        # Whatever a workbook does to its reader is a fault of the workbook.
        cause = f"cannot be read as an Excel workbook: {_why(Path(sys.argv[1]), error)}"
    else:
        return 0
    sys.stderr.write(cause)
    return UNREADABLE


if __name__ == "__main__":
    sys.exit(main())
