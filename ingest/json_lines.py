"""One line of JSONL into the texts that its values stand for, and JSON text of values.

What the texts mean is decided in `values`; files are read in `jsonl_files`. No text is taken apart by recursion before
it is known to nest at most 100 levels: what nests deeper is refused wherever data is read.
"""

import json
import re
from collections import Counter
from collections.abc import Container
from decimal import Decimal, InvalidOperation
from typing import Any

from ingest.texts import json_string, trimmed

DEEPEST_LEVEL = 100
TOO_DEEP = f"is nested deeper than {DEEPEST_LEVEL} levels"
HALF_SURROGATE = "\ufffd"
_LONGEST_PLAIN_NUMBER = 400
_WHITE_SPACE_OF_JSON = " \t\r\n"
_SURROGATES = re.compile("[\ud800-\udfff]")
_STRINGS_AND_BRACKETS = re.compile(r'"(?:[^"\\]++|\\.?)*+"?|([\[{])|([\]}])', re.DOTALL)


class _Number(str):
    """A number as its line spells it."""


class _Members(list):
    """The (key, value) pairs of an object, doubled keys included."""


class LineError(ValueError):
    """A line that is no row; its text says why."""


def is_too_deep(text: str) -> bool:
    """Whether objects and lists nest deeper than 100 levels, brackets in strings aside."""
    if text.count("{") + text.count("[") <= DEEPEST_LEVEL:
        return False
    level = 0
    for found in _STRINGS_AND_BRACKETS.finditer(text):
        opening, closing = found.groups()
        level += (opening is not None) - (closing is not None)
        if level > DEEPEST_LEVEL:
            return True
    return False


def members_of(line: bytes, single: Container[str]) -> dict[str, Any]:
    """The members of a line's object, of a doubled key the last; raises LineError, also where a `single` is doubled."""
    try:
        text = line.decode("utf-8-sig").strip(_WHITE_SPACE_OF_JSON)
    except UnicodeDecodeError as error:
        raise LineError("is no valid UTF-8") from error
    if is_too_deep(text):
        raise LineError(TOO_DEEP)
    try:
        value = _DECODER.decode(text)
    except ValueError as error:
        raise LineError(f"is no JSON: {error}") from error
    if not isinstance(value, _Members):
        raise LineError("is no JSON object")
    doubled = sorted(key for key, n in Counter(key for key, _ in value).items() if n > 1 and key in single)
    if doubled:
        raise LineError(f"key {doubled[0]} is in the line more than once")
    return {_without_halves(key): member for key, member in value}


def extra_text(members: dict[str, Any]) -> str | None:
    """The JSON object of members that are not null, None without any."""
    texts = {key: trimmed(value) if _is_text(value) else value for key, value in members.items()}
    kept = _Members(sorted((k, v) for k, v in texts.items() if v is not None and v != ""))
    return _extra_json(kept) if kept else None


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and not isinstance(value, _Number)


def is_number(value: Any) -> bool:
    """Whether a decoded value is a number."""
    return isinstance(value, _Number)


def value_text(value: Any) -> str | None:
    """The text that a JSON value stands for, None for null; raises LineError."""
    if value is None:
        return None
    if isinstance(value, _Number):
        return plain_number(value)
    text = value if _is_text(value) else json_text(value)
    if not text.isascii() and _SURROGATES.search(text):
        raise LineError("holds half a surrogate pair")
    return text


def plain_number(spelled: str) -> str:
    """A JSON number as its shortest decimal text without exponent (1e3 is 1000, 1.0 is 1)."""
    if spelled.isdigit():
        return spelled
    try:
        number = Decimal(spelled)
    except InvalidOperation:
        return spelled
    if abs(number.adjusted()) > _LONGEST_PLAIN_NUMBER:
        return spelled
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def json_text(value: Any) -> str:
    """A decoded JSON value as JSON text, numbers spelled as they came."""
    if isinstance(value, _Number):
        return str(value)
    if isinstance(value, str):
        return json_string(value)
    if isinstance(value, _Members):
        return "{" + ",".join(f"{json_text(k)}:{json_text(v)}" for k, v in value) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(json_text, value)) + "]"
    return json.dumps(value)


def _extra_json(value: Any) -> str:
    return _without_halves(json_text(value))


def _without_halves(text: str) -> str:
    return text if text.isascii() else _SURROGATES.sub(HALF_SURROGATE, text)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_Members,
    parse_float=_Number,
    parse_int=_Number,
    parse_constant=_refuse_constant,
)
