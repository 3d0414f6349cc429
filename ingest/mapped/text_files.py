"""A text file of a source as UTF-8 whose delimiter is known: the first encoding and delimiter that fit are taken.

What a row is, is decided by the readers of the formats.
"""

import codecs
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path

from ingest.bounded_lines import CHUNK_BYTES
from ingest.csv_records import NO_UTF_8, Record, records
from ingest.file_kinds import START_BYTES, binary_kind, looks_like_utf_16, text_kind
from ingest.files import LandedFile, opened
from ingest.mapped.language import DELIMITERS, Format
from ingest.mapped.names import Wanted
from ingest.mapped.spellings import codec
from ingest.origins import UnreadableError
from ingest.texts import trimmed

ENCODINGS = ("utf-8", "utf-16")
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_HEADER_BYTES = 1 << 16
_SHOWN_CHARACTERS = 200
_EXCEL_LINE = re.compile(r'"?sep=(.)"?(?:\r\n|[\r\n])', re.IGNORECASE)


@contextmanager
def as_utf_8(
    file: LandedFile, written: Format, wanted: Wanted, folder: Path | None
) -> Iterator[tuple[LandedFile, str]]:
    """A file of text in UTF-8, and the delimiter of its header.

    One of another encoding, or that begins with Excel's line sep=;, is copied into the folder until the context ends.
    """
    start = _start(file)
    kind = binary_kind(start)
    if kind is not None and not looks_like_utf_16(start):
        raise UnreadableError(f"cannot be read: {kind}")
    encoding = _encoding(file, start, written, wanted)
    line, separator = _excel_line(start, encoding)
    if encoding == "utf-8" and not line:
        yield file, _delimiter(file, written, wanted)
        return
    with tempfile.TemporaryDirectory(prefix="revloop-", dir=folder) as own:
        path = Path(own) / f"file.{file.format}"
        _copy(file, encoding, line, path)
        copied = replace(file, path=path)
        yield copied, separator or _delimiter(copied, written, wanted)


def first_records(file: LandedFile, delimiter: str, count: int = 2) -> list[Record]:
    """The first records that are not blank."""
    with opened(file) as stream:
        return list(islice(records(stream, delimiter), count))


def none_known(header: str) -> str:
    """What is wrong with a file of whose columns none is known."""
    return f"has none of the columns that its mapping knows; its header is: {header[:_SHOWN_CHARACTERS]}"


def _start(file: LandedFile) -> bytes:
    with opened(file) as stream:
        return stream.read(_HEADER_BYTES)


def _encoding(file: LandedFile, start: bytes, written: Format, wanted: Wanted) -> str:
    """The name of Python's for the encoding: that of a byte order mark, else the first listed that fits."""
    for mark, name in _MARKS:
        if start.startswith(mark):
            return name
    if looks_like_utf_16(start[:START_BYTES]):
        return "utf-16-le" if start[1:2] == b"\0" else "utf-16-be"
    listed = [name for one in written.encoding or ENCODINGS if (name := codec(one)) != "utf-16"] or ["utf-8"]
    if len(listed) == 1:
        return listed[0]
    fitting = [name for name in listed if _fits(file, name)]
    for name in fitting:
        header = start.decode(name, "replace").splitlines()[:1]
        if header and _known(header[0], written, wanted):
            return name
    return (fitting or listed)[0]


def _fits(file: LandedFile, name: str) -> bool:
    """Whether all of a file is text in an encoding, and no Korean that would be Japanese of another width."""
    decoder = codecs.getincrementaldecoder(name)()
    narrow = wide = 0
    try:
        for chunk in _chunks(file):
            text = decoder.decode(chunk)
            if name == "cp932" and not text.isascii():
                narrow += sum("\uff61" <= character <= "\uff9f" for character in text)
                wide += sum(character > "\x7f" for character in text)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return narrow * 2 <= wide


def _known(line: str, written: Format, wanted: Wanted) -> int:
    """The most columns that are known of a header's line by one of the delimiters."""
    return max(len(wanted.among(line.replace('"', "").split(one))) for one in _delimiters(written))


def _delimiters(written: Format) -> Sequence[str]:
    return [DELIMITERS[name] for name in written.delimiter or (",", ";", "tab")]


def _delimiter(file: LandedFile, written: Format, wanted: Wanted) -> str:
    """The delimiter by which the header has the most known columns, of equal ones the first."""
    given = _delimiters(written)
    headers = {one: first_records(file, one, 1) for one in given}
    if not headers[given[0]]:
        return given[0]
    known = {one: len(wanted.among([trimmed(name) for name in found[0].fields])) for one, found in headers.items()}
    best = max(given, key=lambda one: known[one])
    if not known[best]:
        header = headers[best][0]
        if header.text.lstrip().startswith(("<", "{", "[")):
            raise UnreadableError(f"cannot be read: it {text_kind(header.text, ())}")
        if header.fault == NO_UTF_8:
            raise UnreadableError(
                "cannot be read: its header is text of none of the encodings listed: add its own to the mapping"
            )
        raise UnreadableError(none_known(header.text))
    return best


def _excel_line(start: bytes, encoding: str) -> tuple[str, str | None]:
    """The line sep=; with its end, if a file begins with one, and the delimiter that it names."""
    text = start.decode(encoding, "replace").removeprefix("\ufeff")
    found = _EXCEL_LINE.match(text)
    return (found[0], found[1]) if found else ("", None)


def _copy(file: LandedFile, encoding: str, line: str, path: Path) -> None:
    """The file's text as UTF-8, without its first line; what is no text of the encoding is no UTF-8 in the copy."""
    errors = "surrogatepass" if encoding.startswith("utf-16") else "surrogateescape"
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    left = line
    try:
        with path.open("wb") as copy:
            for number, chunk in enumerate(_chunks(file)):
                text = decoder.decode(chunk)
                text = text.removeprefix("\ufeff") if number == 0 else text
                if left:
                    left, text = left[len(text) :], text[len(left) :]
                copy.write(text.encode("utf-8", errors))
            copy.write(decoder.decode(b"", final=True).encode("utf-8", errors))
    except UnicodeDecodeError as error:
        raise UnreadableError(f"cannot be read to its end: it is no {encoding}") from error


def _chunks(file: LandedFile) -> Iterator[bytes]:
    with opened(file) as stream:
        yield from iter(lambda: stream.read(CHUNK_BYTES), b"")
