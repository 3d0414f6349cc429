"""A column of Parquet values into the texts that they count as, each by itself: one that is no text costs no other.

What the texts mean is decided in `values`; where the columns come from, and what an unreadable one costs, in
`parquet_files`. How values lie in each other is `parquet_nests`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from ingest.json_lines import plain_number
from ingest.texts import json_string, trimmed

NO_UTF8 = "is no valid UTF-8"
OUT_OF_RANGE = "is a time out of range"
ENDLESS = "infinity"
# From the year 1 to the year 9999: what lies outside has no text with a year of four digits.
_FIRST_SECOND, _END_SECOND = -62_135_596_800, 253_402_300_800
_UNITS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_SECONDS_PER_DAY = 86_400
# What stands for a day or a moment that never comes where a database writes it.
_NEVER = {"date32[day]": 2**31 - 1, "timestamp[us]": 2**63 - 1}
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_NO_NUMBERS = frozenset({"nan", "inf", "-inf"})
_TEXT = pa.large_string()


@dataclass
class Texts:
    """The texts of a column; NULL where there is no value, and where none can be read.

    `is_json` tells that the texts are JSON as they stand: numbers, truth values, objects, lists.
    `faults` says of rows, counted from 0, why their value cannot be read; `stand_ins` is the JSON
    that is kept of a value that has no text.
    """

    values: pa.Array
    is_json: bool = False
    faults: dict[int, str] = field(default_factory=dict)
    stand_ins: dict[int, str] = field(default_factory=dict)

    def fragments(self, *, is_trimmed: bool = False) -> list[str | None]:
        """Each value as JSON, None where there is none; a trimmed text may become none."""
        texts = self.values.to_pylist()
        if self.is_json:
            fragments = [json_string(text) if text in _NO_NUMBERS else text for text in texts]
        elif is_trimmed:
            fragments = [json_string(kept) if text and (kept := trimmed(text)) else None for text in texts]
        else:
            fragments = [None if text is None else json_string(text) for text in texts]
        for row, stand_in in self.stand_ins.items():
            fragments[row] = stand_in
        return fragments


def flat_texts(values: pa.Array) -> Texts:
    """The texts of values that hold no further ones."""
    for matches, read in _READERS:
        if matches(values.type):
            return read(values)
    return Texts(pa.array([str(value) if value.is_valid else None for value in values], _TEXT))


def _strings(values: pa.Array) -> Texts:
    """Arrow trusts a file that its texts are UTF-8, so their bytes are looked at."""
    contents = values.cast(pa.large_binary())
    try:
        return Texts(contents.cast(_TEXT))
    except pa.ArrowInvalid:
        return _decoded(contents.to_pylist(), lambda content: False)


def _bytes(values: pa.Array) -> Texts:
    """Bytes that read as a text are one: some writers do not say that their columns are texts."""
    return _decoded(values.to_pylist(), lambda content: _CONTROLS.search(content) is not None)


def _decoded(contents: list[bytes | None], is_kept_as_bytes: Callable[[bytes], bool]) -> Texts:
    texts: list[str | None] = []
    found = Texts(pa.nulls(0))
    for row, content in enumerate(contents):
        try:
            texts.append(None if content is None else content.decode("utf-8"))
        except UnicodeDecodeError:
            texts.append(None)
            found.faults[row] = NO_UTF8
        if content is not None and (texts[-1] is None or is_kept_as_bytes(content)):
            found.stand_ins[row] = json_string(content.hex())
    found.values = pa.array(texts, _TEXT)
    return found


def _whole_numbers(values: pa.Array) -> Texts:
    return Texts(values.cast(_TEXT), is_json=True)


def _fractions(values: pa.Array) -> Texts:
    texts = values.cast(_TEXT)
    if pa.types.is_decimal(values.type):
        texts = _without_idle_zeros(texts)
    if pc.any(pc.match_substring(texts, "e", ignore_case=True)).as_py():
        plain = [plain_number(text) if text and "e" in text.lower() else text for text in texts.to_pylist()]
        texts = pa.array(plain, _TEXT)
    return Texts(texts, is_json=True)


def _without_idle_zeros(texts: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(pc.replace_substring_regex(texts, r"(\.[0-9]*[1-9])0+$", r"\1"), r"\.0+$", "")


def _days(values: pa.Array) -> Texts:
    days = values.cast(pa.date32()).cast(pa.int32())
    return _times(days, pa.date32(), _FIRST_SECOND // _SECONDS_PER_DAY, _END_SECOND // _SECONDS_PER_DAY)


def _moments(values: pa.Array) -> Texts:
    """Moments without zone are UTC; those with one are written in UTC too, whatever zone their column names."""
    unit = values.type.unit
    found = _times(
        values.cast(pa.int64()), pa.timestamp(unit), _FIRST_SECOND * _UNITS[unit], _END_SECOND * _UNITS[unit]
    )
    if values.type.tz is not None:
        zoned = pc.binary_join_element_wise(found.values, pa.scalar("Z", _TEXT), pa.scalar("", _TEXT))
        found.values = pc.if_else(pc.equal(found.values, ENDLESS), found.values, zoned)
    return found


def _times(numbers: pa.Array, kind: pa.DataType, first: int, end: int) -> Texts:
    least, greatest = pc.min_max(numbers).as_py().values()
    outside = {}
    if least is not None and (least < first or greatest >= end):
        given = enumerate(numbers.to_pylist())
        outside = {row: number for row, number in given if number is not None and not first <= number < end}
        numbers = pa.array([None if row in outside else n for row, n in enumerate(numbers.to_pylist())], numbers.type)
    texts = _written(numbers.cast(kind))
    never = [row for row, number in outside.items() if number == _NEVER.get(str(kind))]
    if never:
        texts = pa.array([ENDLESS if row in never else text for row, text in enumerate(texts.to_pylist())], _TEXT)
    return Texts(
        texts,
        faults=dict.fromkeys(outside, OUT_OF_RANGE),
        stand_ins={row: str(number) for row, number in outside.items()},
    )


def _written(times: pa.Array) -> pa.Array:
    """Without a fraction where it is zero."""
    if not pa.types.is_timestamp(times.type):
        return times.cast(_TEXT)
    try:
        return times.cast(pa.timestamp("s")).cast(_TEXT)
    except pa.ArrowInvalid:
        return _without_idle_zeros(times.cast(_TEXT))


def _clock_times(values: pa.Array) -> Texts:
    return Texts(_without_idle_zeros(values.cast(_TEXT)))


def _uuids(values: pa.Array) -> Texts:
    return Texts(pa.array([None if value is None else str(value) for value in values.to_pylist()], _TEXT))


def _is_string(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)


def _is_bytes(kind: pa.DataType) -> bool:
    return pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind)


def _is_whole_number(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or pa.types.is_boolean(kind) or pa.types.is_duration(kind)


_READERS: tuple[tuple[Callable[[pa.DataType], bool], Callable[[pa.Array], Texts]], ...] = (
    (_is_string, _strings),
    (_is_bytes, _bytes),
    (_is_whole_number, _whole_numbers),
    (lambda kind: pa.types.is_floating(kind) or pa.types.is_decimal(kind), _fractions),
    (pa.types.is_date, _days),
    (pa.types.is_timestamp, _moments),
    (pa.types.is_time, _clock_times),
    (pa.types.is_null, lambda values: Texts(values.cast(_TEXT))),
    (lambda kind: isinstance(kind, pa.UuidType), _uuids),
)
