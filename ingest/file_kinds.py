"""What a file is that is no CSV or JSONL of ours, in a line that says how to save it.

Nothing is decided here about its rows: the readers of the formats do that.
"""

from collections.abc import Iterable

from ingest.files import LandedFile, opened
from ingest.origins import UnreadableError
from ingest.texts import TRIMMED

START_BYTES = 4_096
SAVE_AS_CSV = "save it as CSV UTF-8 (comma delimited)"

_BEGINNINGS = (
    (b"\x1f\x8b", "it is compressed with gzip: let its name end in .gz"),
    (b"PK\x03\x04", f"it is an Excel workbook or another ZIP archive: {SAVE_AS_CSV}"),
    (b"\xd0\xcf\x11\xe0", f"it is an old Excel workbook: {SAVE_AS_CSV}"),
    (b"PAR1", "it is Parquet: let its name end in .parquet"),
    (b"%PDF-", f"it is a PDF: {SAVE_AS_CSV}"),
    (b"BZh", "it is compressed with bzip2: compress it with gzip"),
    (b"\xfd7zXZ", "it is compressed with xz: compress it with gzip"),
    (b"\x28\xb5\x2f\xfd", "it is compressed with zstd: compress it with gzip"),
    (b"SQLite format 3\0", "it is a database of SQLite: export its tables as CSV"),
)
_UTF_16 = f"it is UTF-16, as Excel's Unicode Text is: {SAVE_AS_CSV}"
_SEPARATORS = ((";", "semicolons"), ("\t", "tabs"), ("|", "bars"))
_PAGES = ("<!doctype", "<html", "<?xml", "<table", "<head")


def binary_kind(start: bytes) -> str | None:
    """What a file is by its first bytes, None where they might be text."""
    for beginning, kind in _BEGINNINGS:
        if start.startswith(beginning):
            return kind
    return _UTF_16 if looks_like_utf_16(start) else None


def looks_like_utf_16(start: bytes) -> bool:
    """Whether a file's first bytes are text in UTF-16: of plain text every other byte is zero, and no other one."""
    line = start.partition(b"\n")[0]
    fewer, more = sorted([line[0::2].count(0), line[1::2].count(0)])
    return more * 4 > len(line) > 8 and fewer * 20 < more


def refuse_binary(file: LandedFile) -> None:
    """Raise UnreadableError for a file of text whose first bytes are none."""
    with opened(file) as stream:
        kind = binary_kind(stream.read(START_BYTES))
    if kind is not None:
        raise UnreadableError(f"cannot be read: {kind}")


def holds_control_characters(text: str) -> bool:
    """Whether a text holds what no text holds."""
    return any(character < " " and character not in "\t\r\n" for character in text)


def text_kind(header: str, column_names: Iterable[str]) -> str | None:
    """What a text file is whose first line names no required column; it goes on after `which`."""
    line = header.strip(TRIMMED)
    if line.lower().startswith("sep="):
        return f"begins with a line for Excel, {line}: {SAVE_AS_CSV}"
    if line.lower().startswith(_PAGES):
        return f"is a page of HTML or XML: {SAVE_AS_CSV}"
    if line.startswith(("{", "[")):
        return "is JSON: write one object a line and let its name end in .jsonl"
    names = set(column_names)
    for separator, word in _SEPARATORS:
        if separator in line and ("," not in line or names & _pieces(line, separator)):
            return f"is separated by {word}: {SAVE_AS_CSV}"
    if names & _pieces(line, ","):
        return f"has each line in quotes, as a spreadsheet saves what it took for one cell: {SAVE_AS_CSV}"
    return None


def _pieces(line: str, separator: str) -> set[str]:
    return {piece.strip(TRIMMED + '"') for piece in line.split(separator)}
