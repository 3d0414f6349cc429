"""One line of JSONL into the texts that its values stand for.

What the texts mean is decided in `values`; files are read in `jsonl_files`.
"""

import json
from collections import Counter
from decimal import Decimal, InvalidOperation
from typing import Any

_LONGEST_PLAIN_NUMBER = 400
_WHITE_SPACE_OF_JSON = " \t\r\n"


class _Number(str):
    """A number as its line spells it."""


class _Members(list):
    """The (key, value) pairs of an object, doubled keys included."""


class LineError(ValueError):
    """A line that is no row; its text says why."""


def members_of(line: bytes) -> dict[str, Any]:
    """The members of a line's object; raises LineError."""
    try:
        value = _DECODER.decode(line.decode("utf-8-sig").strip(_WHITE_SPACE_OF_JSON))
    except UnicodeDecodeError as error:
        raise LineError("is no valid UTF-8") from error
    except RecursionError as error:
        raise LineError("is nested too deeply") from error
    except ValueError as error:
        raise LineError(f"is no JSON: {error}") from error
    if not isinstance(value, _Members):
        raise LineError("is no JSON object")
    doubled = sorted(key for key, n in Counter(key for key, _ in value).items() if n > 1)
    if doubled:
        raise LineError(f"key {doubled[0]} is in the line more than once")
    return dict(value)


def extra_text(members: dict[str, Any]) -> str | None:
    """The JSON object of members that are not null, None without any; raises LineError."""
    trimmed = {key: value.strip() if _is_text(value) else value for key, value in members.items()}
    kept = _Members(sorted((k, v) for k, v in trimmed.items() if v is not None and v != ""))
    return json_text(kept) if kept else None


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and not isinstance(value, _Number)


def value_text(value: Any) -> str | None:
    """The text that a JSON value stands for, None for null; raises LineError."""
    if value is None or _is_text(value):
        return _checked(value)
    if isinstance(value, _Number):
        return plain_number(value)
    return json_text(value)


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
    """A JSON value as JSON text, numbers spelled as they came."""
    if isinstance(value, _Number):
        return str(value)
    if isinstance(value, str):
        return json.dumps(_checked(value), ensure_ascii=False)
    if isinstance(value, _Members):
        return "{" + ",".join(f"{json_text(k)}:{json_text(v)}" for k, v in value) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(json_text, value)) + "]"
    return json.dumps(value)


def _checked(text: str | None) -> str | None:
    """The text itself; half a surrogate pair is no character and makes the line no row."""
    if text is None or text.isascii():
        return text
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise LineError("holds half a surrogate pair") from error
    return text


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_Members,
    parse_float=_Number,
    parse_int=_Number,
    parse_constant=_refuse_constant,
)
