"""How one row is judged: SQL that types all columns of a feed and names the row's one fault.

How a single value is read is in `values`; where rows come from is not known here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ingest.feeds import PHASE_CHANGE, PHASES, STAGE_CHANGE, Column, Feed
from ingest.sql import json_object, literal, literals
from ingest.values import Reading, given_name, read

_SHOWN_CHARACTERS = 200


@dataclass(frozen=True)
class Rows:
    """Rows as a file holds them, not yet judged.

    `relation` is SQL text that has a column source_row; `columns` maps a feed's column to an
    expression of its text, one that it lacks being absent in the file; `extra` and `raw` are
    expressions for the JSON of further columns and for the row's own text; `absent` is what is
    said of a required column that the file lacks; `refused` maps a feed's column to an expression
    of what is wrong with its text by others' rules than the feed's, NULL where nothing is.
    """

    relation: str
    columns: Mapping[str, str]
    extra: str
    raw: str
    absent: str = "is no column of the file"
    refused: Mapping[str, str] = field(default_factory=dict)


def judge(feed: Feed, rows: Rows, stages: frozenset[str], source: str) -> str:
    """A query: the feed's typed columns, _source_row, _extra, _blanked, _reason, _detail, _raw and _source.

    _reason is NULL where the row is good; _raw is NULL there too. _blanked counts the values that
    only describe and were wrong: they are NULL, and their texts in _extra.
    """
    readings = [read(column, *_given(rows, column)) for column in feed.columns]
    describing = [reading for reading in readings if reading.column.only_describes]
    faults = _faults(feed, readings, rows, stages)
    numbered = list(enumerate(faults, start=1))
    fault = " ".join(f"when {condition} then {number}" for number, (_, condition, _) in numbered)
    details = " ".join(f"when {number} then {detail}" for number, (_, _, detail) in numbered)
    reasons = " ".join(f"when {number} then '{reason}'" for number, (reason, _, _) in numbered)
    given = ", ".join(f"{r.given} as {given_name(r.column)}" for r in readings)
    values = ", ".join(f"{r.value} as {r.column.name}" for r in readings)
    invalid = "".join(f", {_invalid(r)} as {_invalid_name(r.column)}" for r in describing)
    stored = ", ".join(_stored(column) for column in feed.columns)
    return f"""
        select
            {stored}, source_row as _source_row,
            {_extra_with_invalid(rows.extra, describing)} as _extra,
            {_count_of_invalid(describing)} as _blanked,
            case fault {reasons} end as _reason,
            case fault {details} end as _detail,
            case when fault is not null then {rows.raw} end as _raw,
            {source} as _source
        from (
            select *, case {fault} end as fault{invalid}
            from (
                select *, {values}
                from (select *, {given} from {rows.relation})
            )
        )"""


def _given(rows: Rows, column: Column) -> tuple[str, ...]:
    return (rows.columns[column.name],) if column.name in rows.columns else ()


def _invalid_name(column: Column) -> str:
    return f"invalid_{column.name}"


def _invalid(reading: Reading) -> str:
    """The text of a value that only describes, where something is wrong with it."""
    wrong = " or ".join(f"({condition})" for condition, _ in reading.faults)
    return f"case when {wrong} then {given_name(reading.column)} end"


def _extra_with_invalid(extra: str, describing: list[Reading]) -> str:
    if not describing:
        return extra
    names = [_invalid_name(reading.column) for reading in describing]
    texts = json_object((name, name) for name in names)
    return f"case when coalesce({', '.join(names)}) is null then {extra} else with_blanked({extra}, {texts}) end"


def _count_of_invalid(describing: list[Reading]) -> str:
    return " + ".join(f"({_invalid_name(r.column)} is not null)::integer" for r in describing) or "0"


def _stored(column: Column) -> str:
    if column.only_describes:
        return f"case when {_invalid_name(column)} is null then {column.name} end as {column.name}"
    if column.default_from is not None:
        return f"coalesce({column.name}, {column.default_from}) as {column.name}"
    if column.default is not None:
        return f"coalesce({column.name}, {str(column.default).lower()}) as {column.name}"
    return column.name


def _faults(feed: Feed, readings: list[Reading], rows: Rows, stages: frozenset[str]) -> list[tuple[str, str, str]]:
    """(reason, condition, detail) in the order in which they count."""
    missing = [fault for r in readings for fault in _missing(r.column, rows)]
    refused = [
        ("invalid_value", f"{expression} is not null", f"{literal(f'{name}: ')} || {expression}")
        for name, expression in rows.refused.items()
    ]
    judged = [reading for reading in readings if not reading.column.only_describes]
    wrong_types = [
        ("invalid_type", r.wrong_type[0], _detail(r.column, r.wrong_type[1]))
        for r in judged
        if r.wrong_type is not None
    ]
    wrong_values = []
    for reading in judged:
        wrongs = reading.wrong_value
        if (feed.name, reading.column.name) == ("activities", "stage"):
            wrongs = _wrong_stages(stages)
        wrong_values += [("invalid_value", condition, _detail(reading.column, phrase)) for condition, phrase in wrongs]
    return missing + wrong_types + refused + wrong_values


def _missing(column: Column, rows: Rows) -> list[tuple[str, str, str]]:
    name = given_name(column)
    cause = "is empty" if column.name in rows.columns else rows.absent
    faults = []
    if column.required:
        faults.append(("missing_required", f"{name} is null", literal(f"{column.name} {cause}")))
    if column.required_for:
        kind = "given_activity_type"
        detail = f"{literal(f'{column.name} {cause}, required for ')} || {kind}"
        needed = " or ".join(_matches(kind, pattern) for pattern in column.required_for)
        faults.append(("missing_required", f"{name} is null and ({needed})", detail))
    return faults


def _matches(expression: str, pattern: str) -> str:
    if pattern.endswith("*"):
        return f"starts_with({expression}, {literal(pattern[:-1])})"
    return f"{expression} = {literal(pattern)}"


def _wrong_stages(stages: frozenset[str]) -> tuple[tuple[str, str], ...]:
    phases = stages & frozenset(PHASES)
    return (
        (
            f"activity_type = '{STAGE_CHANGE}' and stage not in ({literals(stages)})",
            "is no stage of stages.csv",
        ),
        (
            f"activity_type = '{PHASE_CHANGE}' and stage not in ({literals(phases)})",
            "is no opportunity phase",
        ),
    )


def _detail(column: Column, phrase: str) -> str:
    shown = f"cast({given_name(column)} as varchar)"
    cut = (
        f"case when length({shown}) > {_SHOWN_CHARACTERS} "
        f"then left({shown}, {_SHOWN_CHARACTERS}) || '…' else {shown} end"
    )
    opening, closing = literal(f"{column.name}: '"), literal(f"' {phrase}")
    return f"{opening} || {cut} || {closing}"
