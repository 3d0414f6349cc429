"""How a text is read: SQL from a trimmed text to the typed value, and what may be wrong with it.

A value that a file holds typed comes here as the text it counts as; what a row requires is in `rows`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from ingest.feeds import Column

_OUTSIDE_YEARS = "is outside the years 1900 to 2200"
_CUT_ID = "was cut by a spreadsheet and stands for many ids; have the column formatted as text before it is saved"
_DIGITS_ONLY_INTEGER = r"-?[0-9]+(\.0+)?"
_DIGITS_ONLY_DECIMAL = r"-?[0-9]+(\.[0-9]+)?"


@dataclass(frozen=True)
class Reading:
    """How one column is read; the faults are conditions on `given` and `value`.

    `given` is the trimmed text, NULL where none counts; `value` takes it to the column's type. A
    fault is (condition, phrase).
    """

    column: Column
    given: str
    value: str
    wrong_type: tuple[str, str] | None = None
    wrong_value: tuple[tuple[str, str], ...] = ()

    @property
    def faults(self) -> tuple[tuple[str, str], ...]:
        """All that may be wrong, the type first."""
        return self.wrong_value if self.wrong_type is None else (self.wrong_type, *self.wrong_value)


def given_name(column: Column) -> str:
    """The name under which a column's text travels until the row is judged."""
    return f"given_{column.name}"


def read(column: Column, text: str = "null::varchar") -> Reading:
    """The reading of a column from an expression of a text that need not be trimmed."""
    return _READINGS[column.type](column, f"clean_text({text})")


def _text(column: Column, given: str) -> Reading:
    name = given_name(column)
    value = f"lower({name})" if column.is_lowered else name
    return Reading(column, given, value, wrong_value=((f"is_cut_id({name})", _CUT_ID),) if column.is_id else ())


def _letters(count: int, what: str) -> Callable[[Column, str], Reading]:
    def letters(column: Column, given: str) -> Reading:
        name = given_name(column)
        wrong = f"not regexp_full_match({name}, '[A-Za-z]{{{count}}}')"
        return Reading(column, given, f"upper({name})", wrong_value=((wrong, f"is no {what}"),))

    return letters


def _unread(column: Column, also: str = "") -> str:
    """Something was given, but nothing could be read from it."""
    return f"{given_name(column)} is not null and {column.name} is null{also}"


def _not_matching(column: Column, pattern: str) -> str:
    return _unread(column, f" and not regexp_full_match({given_name(column)}, '{pattern}')")


def _boolean(column: Column, given: str) -> Reading:
    value = f"read_boolean({given_name(column)})"
    return Reading(column, given, value, (_unread(column), "is no yes or no"))


def _integer(column: Column, given: str) -> Reading:
    return Reading(
        column,
        given,
        f"read_integer({given_name(column)})",
        (_not_matching(column, _DIGITS_ONLY_INTEGER), "is no whole number"),
        _number_limits(column),
    )


def _decimal(column: Column, given: str) -> Reading:
    return Reading(
        column,
        given,
        f"read_decimal({given_name(column)})",
        (_not_matching(column, _DIGITS_ONLY_DECIMAL), "is no number"),
        _number_limits(column),
    )


def _number_limits(column: Column) -> tuple[tuple[str, str], ...]:
    return (
        (_unread(column), "has too many digits"),
        (f"{column.name} < 0", "is below 0"),
    )


def _year_limits(column: Column) -> tuple[tuple[str, str], ...]:
    outside = f"left({given_name(column)}, 4) not between '1900' and '2200'"
    return ((outside, _OUTSIDE_YEARS),)


def _timestamp(column: Column, given: str) -> Reading:
    value = f"read_timestamp({given_name(column)})"
    return Reading(column, given, value, (_unread(column), "is no timestamp"), _year_limits(column))


def _date(column: Column, given: str) -> Reading:
    if column.may_never_come:
        given = f"case when not never_comes({given}) then {given} end"
    value = f"read_date({given_name(column)})"
    return Reading(column, given, value, (_unread(column), "is no date"), _year_limits(column))


def _json(column: Column, given: str) -> Reading:
    value = f"read_json_object({given_name(column)})"
    return Reading(column, given, value, (_unread(column), "is no JSON object"))


_READINGS = {
    "text": _text,
    "country": _letters(2, "two-letter country"),
    "currency": _letters(3, "three-letter currency"),
    "boolean": _boolean,
    "integer": _integer,
    "decimal": _decimal,
    "timestamp": _timestamp,
    "date": _date,
    "json": _json,
}
