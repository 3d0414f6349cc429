"""How a value of any DuckDB type is read: by its type where that is exact, else as its text.

How texts are read is in `values`.
"""

from ingest.feeds import Column
from ingest.values import OUTSIDE_YEARS, Reading, given_name, number_limits, read_text, unread

_WHOLE_NUMBERS = frozenset(f"{sign}{size}INT" for sign in ("", "U") for size in ("TINY", "SMALL", "BIG", "HUGE")) | {
    "INTEGER",
    "UINTEGER",
}
_TIMES = frozenset(
    {
        "TIMESTAMP",
        "TIMESTAMP_S",
        "TIMESTAMP_MS",
        "TIMESTAMP_NS",
        "TIMESTAMPTZ_NS",
        "TIMESTAMP WITH TIME ZONE",
        "DATE",
    }
)


def read(column: Column, expression: str = "null::varchar", source_type: str = "VARCHAR") -> Reading:
    """The reading of a column from an expression of a DuckDB type."""
    native = _NATIVE.get(column.type)
    if native is not None and source_type != "VARCHAR":
        reading = native(column, expression, source_type)
        if reading is not None:
            return reading
    return read_text(column, _as_text(expression, source_type))


def _as_text(expression: str, source_type: str) -> str:
    """The text that a value of any DuckDB type stands for."""
    if source_type == "VARCHAR":
        return expression
    if source_type in ("DOUBLE", "FLOAT"):
        return f"plain_number(cast({expression} as varchar))"
    if source_type.startswith("DECIMAL"):
        # A decimal without whole digits is written without its leading zero.
        text = f"regexp_replace(cast({expression} as varchar), '^(-?)[.]', '\\10.')"
        return f"plain_number({text})"
    if source_type.endswith("]") or source_type.startswith(("STRUCT", "MAP", "UNION")):
        return f"cast(to_json({expression}) as varchar)"
    return f"cast({expression} as varchar)"


def _native_boolean(column: Column, expression: str, source_type: str) -> Reading | None:
    if source_type != "BOOLEAN":
        return None
    return Reading(column, expression, given_name(column))


def _native_number(column: Column, expression: str, source_type: str) -> Reading | None:
    if source_type not in _WHOLE_NUMBERS:
        return None
    name = given_name(column)
    limits = number_limits(column)
    if column.type == "decimal":
        limits = ((f"abs({name}::hugeint) >= 1000000000000", limits[0][1]), limits[1])
    value = f"try_cast({name} as {column.sql_type})"
    return Reading(column, expression, value, wrong_value=limits)


def _native_time(column: Column, expression: str, source_type: str) -> Reading | None:
    if source_type not in _TIMES:
        return None
    if source_type == "TIMESTAMPTZ_NS":
        return _native_time(column, f"cast({expression} as timestamp_ns)", "TIMESTAMP_NS")
    name = given_name(column)
    value = f"case when isfinite({name}) then try_cast({_cut(name, source_type)} as timestamptz) end"
    if column.type == "date":
        value = (
            f"case when isfinite({name}) and cast(cast({name} as date) as {source_type}) = {name} "
            f"then cast({name} as date) end"
        )
    outside = f"{column.name} < '1900-01-01' or {column.name} >= '2201-01-01'"
    return Reading(
        column,
        expression,
        value,
        (unread(column), f"is no {column.type}"),
        ((outside, OUTSIDE_YEARS),),
    )


def _cut(name: str, source_type: str) -> str:
    """Nanoseconds cut to microseconds; a cast would round them."""
    if not source_type.endswith("_NS"):
        return name
    nanoseconds = f"epoch_ns({name})"
    return f"make_timestamp(({nanoseconds} - ({nanoseconds} % 1000 + 1000) % 1000) // 1000)"


_NATIVE = {
    "boolean": _native_boolean,
    "integer": _native_number,
    "decimal": _native_number,
    "timestamp": _native_time,
    "date": _native_time,
}
