"""Whether a refused row's text names one of some leads, by id or by e-mail.

A text is searched as it stands and in the pieces that JSON or CSV escape. It was refused, so it need be neither: pieces
are told apart without taking it apart as a whole, which also bounds what a text of any depth costs.
"""

import io
import json
import re
from collections.abc import Iterable, Iterator

from ingest.csv_records import records
from ingest.json_lines import plain_number
from ingest.texts import trimmed

# A dot or the like belongs to a word only where the word goes on behind it; 450.0 is the id 450 as a number.
_BEFORE = r"(?<![\w@+-])(?<!\w\.)"
_AFTER = r"(?![\w@+-])(?!\.(?!0+(?![\w.]))\w)"
_SHORT_ID = 15
_SHORT_SALESFORCE_ID = re.compile("[0-9A-Za-z]{15}")
_SUFFIXES = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
# Exports are delimited by others than commas, too.
_DELIMITERS = (",", ";", "\t", "|")
_JSON_STRING = re.compile(r'"(?:[^"\\]++|\\.?)*+"?', re.DOTALL)
_JSON_NUMBER = re.compile(r"(?<![\w.+-])-?[0-9]+(?:\.[0-9]+)?[eE][+-]?[0-9]+(?![\w.])")


class Mentions:
    """A search for lead ids (whole words; those of Salesforce in both their lengths) and e-mails (any case)."""

    def __init__(self, lead_ids: Iterable[str], emails: Iterable[str]) -> None:
        given = frozenset(lead_ids)
        self._ids = given | {one[:_SHORT_ID] for one in given if salesforce_id(one[:_SHORT_ID]) == one}
        self._emails = frozenset(trimmed(email).lower() for email in emails) - {""}
        words = [re.escape(lead_id) for lead_id in sorted(self._ids)]
        words += [f"(?i:{re.escape(email)})" for email in sorted(self._emails)]
        self._words = re.compile(rf"{_BEFORE}(?:{'|'.join(words)}){_AFTER}")
        self._is_empty = not words

    def are_in(self, text: str | None) -> bool:
        """Whether a text names one of them."""
        if text is None or self._is_empty:
            return False
        if self._words.search(text):
            return True
        return any(self._is_one(trimmed(piece)) for piece in escaped_pieces(text))

    def _is_one(self, piece: str) -> bool:
        return piece in self._ids or piece.lower() in self._emails


def escaped_pieces(text: str) -> Iterator[str]:
    """The values in a refused row that its text may spell otherwise than they are: JSON's, and quoted ones of CSV."""
    if text.lstrip("\ufeff \t\r\n").startswith(("{", "[")):
        yield from _json_values(text)
    if '"' in text:
        for delimiter in (one for one in _DELIMITERS if one == "," or one in text):
            for record in records(io.BytesIO(text.encode("utf-8", "surrogatepass")), delimiter):
                yield from record.fields


def salesforce_id(text: str) -> str:
    """An id of Salesforce in its longer form, which tells letters apart by their case; any other text as it is."""
    if not _SHORT_SALESFORCE_ID.fullmatch(text):
        return text
    bits = ["".join("01"[letter.isupper()] for letter in reversed(text[place : place + 5])) for place in (0, 5, 10)]
    return text + "".join(_SUFFIXES[int(five, 2)] for five in bits)


def _json_values(text: str) -> Iterator[str]:
    for string in _JSON_STRING.findall(text):
        if "\\" in string:
            yield _unescaped(string)
    for number in _JSON_NUMBER.findall(text):
        yield plain_number(number)


def _unescaped(string: str) -> str:
    """What a JSON string says; one that is cut or wrong as it stands."""
    closed = string if string.endswith('"') and len(string) > 1 else f'{string}"'
    try:
        return json.loads(closed, strict=False)
    except ValueError:
        return string.strip('"')
