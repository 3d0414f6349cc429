"""Reads a landing folder as strictly as the contract says, sharing no code with the simulation.
It tells right rows from bad ones; which rows ought to be there is the tests' affair.
"""

import csv
import datetime as dt
import gzip
import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow.parquet as pq

from ingest.simulate import SimulationReport

Row = dict[str, str]

REQUIRED = {
    "leads": ["lead_id", "created_at"],
    "activities": ["activity_id", "lead_id", "activity_type", "occurred_at"],
    "contracts": ["contract_id", "customer_id", "signed_at", "starts_on", "mrr"],
}
_PHASES = {"p1", "p2", "p3", "p4", "p5"}
_STAGES = _PHASES | {"captured", "engaged", "mql", "working", "onboarding", "adopted", "renewed"}
# What only describes: where it cannot be read, the row is taken without it.
_DESCRIPTIVE = {"leads": ("country", "employee_count", "acquisition_cost"), "activities": ("details",), "contracts": ()}
_CUT_BY_A_SPREADSHEET = re.compile(r"\d\.\d+E[+-]\d+")
_STAGES |= {"recycled", "disqualified", "lost", "churned"}
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?(\.\d+)?(Z|[+-]\d\d(?::?\d\d)?)?)?")
_KINDS = {
    "time": re.compile(_TIME.pattern),
    "date": re.compile(r"\d{4}-\d\d-\d\d"),
    "bool": re.compile(r"true|false|t|f|yes|no|y|n|1|0", re.IGNORECASE),
    "int": re.compile(r"-?\d+(\.0+)?"),
    "decimal": re.compile(r"-?\d+(\.\d+)?"),
}
_COLUMN_KINDS = {
    "created_at": "time",
    "updated_at": "time",
    "occurred_at": "time",
    "signed_at": "time",
    "expected_close_on": "date",
    "starts_on": "date",
    "ends_on": "date",
    "cancelled_on": "date",
    "opted_out": "bool",
    "is_deleted": "bool",
    "employee_count": "int",
    "acquisition_cost": "decimal",
    "amount": "decimal",
    "mrr": "decimal",
}


@dataclass
class Landed:
    """What a strict reader finds, by feed: right rows in file order, bad ones, missing columns."""

    out: Path
    report: SimulationReport
    rows: dict[str, list[Row]] = field(default_factory=dict)
    bad: dict[str, Counter[str]] = field(default_factory=dict)
    missing: dict[str, set[str]] = field(default_factory=dict)
    blanked: dict[str, Counter[str]] = field(default_factory=dict)

    @property
    def leads(self) -> list[Row]:
        return self.rows["leads"]

    @property
    def activities(self) -> list[Row]:
        return self.rows["activities"]

    @property
    def contracts(self) -> list[Row]:
        return self.rows["contracts"]

    def take(self, feed: str, record: Row | None) -> None:
        """Sort one row in: None is one that cannot be taken apart."""
        if record is None:
            self.bad[feed]["unparseable_row"] += 1
            return
        for name in _DESCRIPTIVE[feed]:
            if record.get(name) and not _describes(name, record[name]):
                record[name] = ""
                self.blanked[feed][name] += 1
        if reason := _reason(feed, record):
            self.bad[feed][reason] += 1
            self.missing[feed].update(_missing(feed, record))
        else:
            self.rows[feed].append(record)

    def current(self, feed: str) -> dict[str, Row]:
        """The version of each key that counts."""
        key = REQUIRED[feed][0]
        born = {"leads": "created_at", "activities": "occurred_at", "contracts": "signed_at"}[feed]
        versions: dict[str, Row] = {}
        for row in self.rows[feed]:
            former = versions.get(row[key])
            stamp = time_of(row.get("updated_at") or row[born])
            if former is None or stamp >= time_of(former.get("updated_at") or former[born]):
                versions[row[key]] = row
        return versions

    def of_type(self, activity_type: str) -> list[Row]:
        """Activities of one type, every version, by time."""
        rows = [row for row in self.activities if row["activity_type"] == activity_type]
        return sorted(rows, key=lambda row: time_of(row["occurred_at"]))


def time_of(text: str) -> dt.datetime:
    """The moment that a timestamp of the feeds names."""
    match = _TIME.fullmatch(text)
    assert match, text
    day, minute, second, fraction, zone = match.groups()
    micro = ((fraction or ".")[1:] + "000000")[:6]
    zone = (zone or "Z").replace("Z", "+00:00").replace(":", "")
    zone = zone if len(zone) == 5 else zone + "00"
    full = f"{day}T{minute or '00:00'}{second or ':00'}.{micro}{zone}"
    return dt.datetime.strptime(full, "%Y-%m-%dT%H:%M:%S.%f%z")


def _text(value: object) -> str:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value).strip()


def _records(path: Path) -> Iterator[Row | None]:
    """Rows of a file as texts, None for one that cannot be taken apart."""
    if path.suffix == ".parquet":
        yield from ({k: _text(v) for k, v in row.items()} for row in pq.read_table(path).to_pylist())
        return
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    if ".jsonl" in path.name:
        for line in data.splitlines():
            yield _json_record(line)
        return
    text = data.decode("utf-8", errors="surrogateescape")
    lines = csv.reader(io.StringIO(text, newline=""), strict=False)
    header = next(lines)
    for values in lines:
        is_broken = any("\udc80" <= letter <= "\udcff" for value in values for letter in value)
        whole = len(values) == len(header) and not is_broken
        yield {k: v.strip() for k, v in zip(header, values, strict=True)} if whole else None


def _json_record(line: bytes) -> Row | None:
    try:
        record = json.loads(line)
    except json.JSONDecodeError:
        return None
    return {k: _text(v) for k, v in record.items()} if isinstance(record, dict) else None


def _missing(feed: str, row: Row) -> list[str]:
    required = list(REQUIRED[feed])
    activity_type = row.get("activity_type", "")
    if activity_type.startswith("opportunity_"):
        required.append("opportunity_id")
    if activity_type in ("stage_changed", "opportunity_phase_changed"):
        required.append("stage")
    return [name for name in required if not row.get(name)]


def _reason(feed: str, row: Row) -> str | None:
    if _missing(feed, row):
        return "missing_required"
    typed = [(_COLUMN_KINDS[k], v) for k, v in row.items() if k in _COLUMN_KINDS and v]
    if any(not _KINDS[kind].fullmatch(value) for kind, value in typed):
        return "invalid_type"
    return "invalid_value" if _has_invalid_value(row, typed) else None


def _describes(name: str, value: str) -> bool:
    if name == "country":
        return re.fullmatch("[A-Za-z]{2}", value) is not None
    if name == "details":
        return isinstance(json.loads(value), dict)
    return _KINDS[_COLUMN_KINDS[name]].fullmatch(value) is not None and not value.startswith("-")


def _has_invalid_value(row: Row, typed: list[tuple[str, str]]) -> bool:
    numbers = [value for kind, value in typed if kind in ("int", "decimal")]
    years = [int(value[:4]) for kind, value in typed if kind in ("time", "date")]
    stages = {"stage_changed": _STAGES, "opportunity_phase_changed": _PHASES}.get(row.get("activity_type", ""))
    return (
        any(value.startswith("-") for value in numbers)
        or any(not 1900 <= year <= 2200 for year in years)
        or any(_CUT_BY_A_SPREADSHEET.fullmatch(value) for name, value in row.items() if name.endswith("_id") and value)
        or len(row.get("currency") or "KRW") != 3
        or (stages is not None and row["stage"] not in stages)
    )


def read_back(out: Path, report: SimulationReport) -> Landed:
    """Read every file of a landing folder and tell right rows from bad ones."""
    landed = Landed(out, report)
    for feed in REQUIRED:
        landed.rows[feed], landed.bad[feed], landed.missing[feed] = [], Counter(), set()
        landed.blanked[feed] = Counter()
        for path in sorted((out / feed).iterdir()):
            for record in _records(path):
                landed.take(feed, record)
    return landed
