"""Whether a quarantined row's text names one of some leads, by id or by e-mail.

A text is searched as it stands and after it was parsed as JSON or CSV, because both escape.
"""

import io
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from ingest.csv_records import records

# A dot or the like belongs to a word only where the word goes on behind it; 450.0 is the id 450 as a number.
_BEFORE = r"(?<![\w@+-])(?<!\w\.)"
_AFTER = r"(?![\w@+-])(?!\.(?!0+(?![\w.]))\w)"


class Mentions:
    """A search for lead ids (whole words) and e-mails (any case)."""

    def __init__(self, lead_ids: Iterable[str], emails: Iterable[str]) -> None:
        self._ids = frozenset(lead_ids)
        self._emails = frozenset(email.strip().lower() for email in emails) - {""}
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
        return any(self._is_one(piece.strip()) for piece in _pieces(text))

    def _is_one(self, piece: str) -> bool:
        return piece in self._ids or piece.lower() in self._emails


def _pieces(text: str) -> Iterator[str]:
    if "\\" in text and text.lstrip().startswith("{"):
        try:
            yield from _strings(json.loads(text))
        except ValueError:
            return
    if '""' in text:
        for record in records(io.BytesIO(text.encode("utf-8"))):
            yield from record.fields


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for member in value.values():
            yield from _strings(member)
    elif isinstance(value, list):
        for member in value:
            yield from _strings(member)
    else:
        yield str(value)
