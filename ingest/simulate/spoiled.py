"""Rows that no loader may accept, each with the one reason it must be given.
A row is spoiled in one place; everything else about it is valid.
"""

import csv
import io
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

import pyarrow as pa

MISSING, TYPE, VALUE = "missing_required", "invalid_type", "invalid_value"
UNPARSEABLE = "unparseable_row"

Spoiled = tuple[bytes, str]

_LEADS: list[tuple[dict[str, str], str]] = [
    ({"lead_id": ""}, MISSING),
    ({"lead_id": "   "}, MISSING),
    ({"created_at": ""}, MISSING),
    ({"created_at": "", "opted_out": "maybe"}, MISSING),
    ({"created_at": "yesterday"}, TYPE),
    ({"created_at": "03/31/2025 10:00"}, TYPE),
    ({"updated_at": "31.03.2025 10:00"}, TYPE),
    ({"opted_out": "maybe"}, TYPE),
    ({"is_deleted": "gone"}, TYPE),
    ({"created_at": "1825-04-01T00:00:00Z"}, VALUE),
    ({"updated_at": "2525-04-01T00:00:00Z"}, VALUE),
    ({"lead_id": "1.10E+11"}, VALUE),
]
_ACTIVITIES: list[tuple[dict[str, str], str]] = [
    ({"activity_id": ""}, MISSING),
    ({"lead_id": ""}, MISSING),
    ({"activity_type": " "}, MISSING),
    ({"occurred_at": ""}, MISSING),
    ({"activity_type": "opportunity_won", "opportunity_id": ""}, MISSING),
    ({"activity_type": "stage_changed", "stage": ""}, MISSING),
    ({"occurred_at": "soon"}, TYPE),
    ({"amount": "12k"}, TYPE),
    ({"expected_close_on": "2025-06-30 23:59"}, TYPE),
    ({"is_deleted": "deleted"}, TYPE),
    ({"occurred_at": "2525-01-01T00:00:00Z"}, VALUE),
    ({"amount": "-100"}, VALUE),
    ({"lead_id": "1.10E+11"}, VALUE),
    ({"currency": "EURO"}, VALUE),
    ({"activity_type": "stage_changed", "stage": "negotiation"}, VALUE),
    (
        {"activity_type": "opportunity_phase_changed", "opportunity_id": "O1", "stage": "mql"},
        VALUE,
    ),
]
_CONTRACTS: list[tuple[dict[str, object], str]] = [
    ({"contract_id": None}, MISSING),
    ({"customer_id": ""}, MISSING),
    ({"signed_at": None}, MISSING),
    ({"starts_on": ""}, MISSING),
    ({"mrr": None}, MISSING),
    ({"mrr": "free"}, TYPE),
    ({"starts_on": "2025-01-01 23:59"}, TYPE),
    ({"ends_on": "open"}, TYPE),
    ({"is_deleted": "perhaps"}, TYPE),
    ({"mrr": -10}, VALUE),
    ({"currency": "EURO"}, VALUE),
    ({"ends_on": "2999-12-31"}, VALUE),
]


def leads(rows: Sequence[Mapping[str, str]], columns: Sequence[str], start: int) -> Iterator[Spoiled]:
    """CSV lines of leads without end, kind after kind; `start` numbers the first."""
    return _csv_lines(rows, columns, _LEADS, start)


def activities(rows: Sequence[Mapping[str, str]], columns: Sequence[str], start: int) -> Iterator[Spoiled]:
    """CSV lines of activities without end, kind after kind; `start` numbers the first."""
    return _csv_lines(rows, columns, _ACTIVITIES, start)


def contracts(rows: Sequence[Mapping[str, object]], start: int) -> Iterator[Spoiled]:
    """JSON lines of contracts without end, kind after kind; `start` numbers the first."""
    for number in itertools.count(start):
        row = {**rows[number % len(rows)], "contract_id": f"B{number}"}
        kind = number % (len(_CONTRACTS) + 2)
        if kind < len(_CONTRACTS):
            changes, reason = _CONTRACTS[kind]
            yield json_line({**row, **changes}), reason
        elif kind == len(_CONTRACTS):
            yield json_line(row)[:-9] + b"\n", UNPARSEABLE
        else:
            yield json_line(list(row)), UNPARSEABLE


def parquet_activities(table: pa.Table) -> tuple[pa.Table, list[str]]:
    """Two rows of a Parquet file, which can be wrong too, and their reasons."""
    changes = [
        ({"activity_id": "B-parquet-1", "lead_id": None}, MISSING),
        ({"activity_id": "B-parquet-2", "amount": Decimal("-1.00")}, VALUE),
    ]
    spoiled = list(zip(table.slice(0, len(changes)).to_pylist(), changes, strict=False))
    rows = [row | change for row, (change, _) in spoiled]
    reasons = [reason for _, (_, reason) in spoiled]
    return pa.Table.from_pylist(rows, schema=table.schema), reasons


def json_line(row: Mapping[str, object] | list[str]) -> bytes:
    """One row of a JSONL file."""
    return json.dumps(row, ensure_ascii=False, default=str).encode() + b"\n"


def csv_line(values: Sequence[object]) -> bytes:
    """One row of a CSV file, as a spreadsheet ends it."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(values)
    return line.getvalue().encode()


def _csv_lines(
    rows: Sequence[Mapping[str, str]],
    columns: Sequence[str],
    kinds: Sequence[tuple[Mapping[str, str], str]],
    start: int,
) -> Iterator[Spoiled]:
    for number in itertools.count(start):
        row = {**rows[number % len(rows)], columns[0]: f"B{number}"}
        values = [row[name] for name in columns]
        unparseable = (
            csv_line(values[:-3]),
            csv_line([*values, "one", "more"]),
            b"\xff\xfe" + csv_line(values),
        )
        kind = number % (len(kinds) + len(unparseable))
        if kind < len(kinds):
            changes, reason = kinds[kind]
            changed = {**row, **changes}
            yield csv_line([changed[name] for name in columns]), reason
        else:
            yield unparseable[kind - len(kinds)], UNPARSEABLE
