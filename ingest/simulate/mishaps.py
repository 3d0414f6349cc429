"""What goes wrong between a CRM and its exports: later versions, merges, deletions, duplicates,
strays. It makes valid rows only; rows that no loader may accept are in `spoiled`.
"""

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa

from ingest.simulate.clock import END, as_second, as_text
from ingest.simulate.people import Leads, Row, lead_id
from ingest.simulate.vocabulary import UNKNOWN_ACTIVITY_TYPES

# Leads that nobody knows; no simulated company has so many.
_STRANGER = 90_000_000
_BEFORE_ALL = "2023-06-01T00:00:00Z"

_LEAD_SHARES = {
    "enriched": 0.02,
    "stale": 0.003,
    "same_moment": 0.002,
    "duplicate": 0.004,
    "opted_out": 0.01,
    "erased": 0.003,
    "restored": 0.001,
    "merged": 0.006,
    "short_chain": 0.002,
    "long_chain": 0.002,
    "cycle": 0.001,
    "into_unknown": 0.001,
    "into_itself": 0.0005,
    "into_erased": 0.001,
}
_GROUP = {"merged": 2, "short_chain": 3, "long_chain": 4, "cycle": 2, "into_erased": 2}
_ACTIVITY_SHARES = {
    "late": 0.004,
    "corrected": 0.002,
    "stale": 0.0005,
    "duplicate": 0.001,
    "moved": 0.0005,
    "deleted": 0.0005,
    "unknown_type": 0.0004,
    "stranger": 0.0004,
    "local_time": 0.0005,
}
_LATE_ACTIVITIES = ("late", "unknown_type", "stranger", "local_time")


def lead_versions(rng: np.random.Generator, leads: Leads) -> Iterator[Row]:
    """Further versions of the chunk's leads, as a later export holds them."""
    order = rng.permutation(len(leads.rows))
    taken = 0
    for kind, share in _LEAD_SHARES.items():
        size = _GROUP.get(kind, 1)
        for _ in range(max(1, round(len(order) * share / size))):
            group = [leads.rows[place] for place in order[taken : taken + size]]
            taken += size
            if len(group) == size:
                yield from _versions(kind, group, int(rng.integers(2**31)))


def _versions(kind: str, group: list[Row], draw: int) -> Iterator[Row]:
    first = group[0]
    later = _moment_after(max(row["created_at"] for row in group), draw)
    if kind == "enriched":
        size = ("45", "99", "100", "850", "1000.0", "12000")[draw % 6]
        yield first | {"updated_at": later, "employee_count": size, "job_title": "VP Sales"}
    elif kind == "stale":
        yield first | {"updated_at": _BEFORE_ALL, "industry": "other"}
    elif kind == "same_moment":
        yield first | {"employee_count": "1500", "industry": "software"}
    elif kind == "duplicate":
        yield first
        yield first
    elif kind == "opted_out":
        yield first | {"updated_at": later, "opted_out": ("yes", "1", "T", "True")[draw % 4]}
    elif kind == "erased":
        yield first | {"updated_at": later, "is_deleted": ("true", "Y", "1")[draw % 3]}
    elif kind == "restored":
        yield first | {"updated_at": later, "is_deleted": "true"}
        yield first | {"updated_at": _moment_after(later, draw), "is_deleted": "no"}
    else:
        yield from _merges(kind, group, later, draw)


def _moment_after(text: str, draw: int) -> str:
    """Some moment between the one that `text` names and the company's last."""
    since = as_second(text)
    return as_text(since + 1 + draw % max(END - since, 1))


def _merges(kind: str, group: list[Row], later: str, draw: int) -> Iterator[Row]:
    targets = [row["lead_id"] for row in group[1:]]
    if kind == "cycle":
        targets.append(group[0]["lead_id"])
    elif kind == "into_itself":
        targets = [group[0]["lead_id"]]
    elif kind == "into_unknown":
        targets = [lead_id(_STRANGER + draw % 1000)]
    # The CRM deletes the losers of every other merge.
    is_deleted = "true" if draw % 2 else "false"
    for row, target in zip(group, targets, strict=False):
        merged = {"merged_into_lead_id": target, "is_deleted": is_deleted}
        yield row | {"updated_at": later} | merged
    if kind == "into_erased":
        yield group[1] | {"updated_at": later, "is_deleted": "true"}


def activity_versions(rng: np.random.Generator, table: pa.Table, leads: Leads) -> tuple[pa.Table, list[dict]]:
    """The activities without those that come late, and the rows of the later export."""
    order = rng.permutation(table.num_rows)
    taken, is_late, rows = 0, np.zeros(table.num_rows, dtype=bool), []
    for kind, share in _ACTIVITY_SHARES.items():
        places = order[taken : taken + max(3, round(len(order) * share))]
        taken += len(places)
        if kind in _LATE_ACTIVITIES:
            is_late[places] = True
        draws = rng.integers(0, 2**31, len(places)).tolist()
        for row, draw in zip(table.take(pa.array(places)).to_pylist(), draws, strict=True):
            rows.extend(_ACTIVITY_VERSIONS[kind](_as_texts(row), draw, leads))
    return table.filter(pa.array(~is_late)), rows


def _as_texts(row: dict) -> dict[str, str]:
    texts = {name: "" if value is None else str(value) for name, value in row.items()}
    texts["occurred_at"] = as_text(int(row["occurred_at"].timestamp()))
    texts["updated_at"] = texts["occurred_at"]
    texts["is_deleted"] = ""
    return texts


def _later(row: dict[str, str], draw: int, **changes: str) -> dict[str, str]:
    return row | {"updated_at": _moment_after(row["updated_at"], draw)} | changes


def _stranger(row: dict[str, str], draw: int, leads: Leads) -> list[dict[str, str]]:
    stranger = lead_id(_STRANGER + draw % 1000)
    return [row | {"lead_id": stranger, "activity_type": "page_view", "opportunity_id": ""}]


def _local_time(row: dict[str, str], draw: int, leads: Leads) -> list[dict[str, str]]:
    """The same second written with zones and fractions, and one at a Seoul midnight."""
    day = row["occurred_at"][:10]
    ways = (
        f"{day}T00:00:00+09:00",
        f"{day} 00:00:00.0000009+0900",
        f"{day}T23:59:59.999999-05",
        f"{day} 15:00",
        day,
    )
    return [row | {"occurred_at": ways[draw % len(ways)], "updated_at": ""}]


_ACTIVITY_VERSIONS: dict[str, Callable[[dict[str, str], int, Leads], list[dict[str, str]]]] = {
    "late": lambda row, draw, leads: [row],
    "corrected": lambda row, draw, leads: [_later(row, draw, channel="corrected")],
    "stale": lambda row, draw, leads: [row | {"updated_at": _BEFORE_ALL, "channel": "stale"}],
    "duplicate": lambda row, draw, leads: [row, row],
    "moved": lambda row, draw, leads: [_later(row, draw, lead_id=leads.rows[draw % len(leads.rows)]["lead_id"])],
    "deleted": lambda row, draw, leads: [_later(row, draw, is_deleted="true")],
    "unknown_type": lambda row, draw, leads: [
        row | {"activity_type": UNKNOWN_ACTIVITY_TYPES[draw % len(UNKNOWN_ACTIVITY_TYPES)]}
    ],
    "stranger": _stranger,
    "local_time": _local_time,
}


def contract_versions(rng: np.random.Generator, rows: list[dict]) -> Iterator[dict]:
    """Further versions of the chunk's contracts, as a later export holds them."""
    for kind in ("corrected", "duplicate", "stale", "deleted"):
        share = 0.02 if kind == "corrected" else 0.005
        for place in rng.permutation(len(rows))[: max(2, round(len(rows) * share))]:
            row = rows[place]
            if kind == "corrected":
                later = _moment_after(row["signed_at"], int(rng.integers(2**31)))
                yield row | {"updated_at": later, "mrr": round(row["mrr"] * 1.02, 2)}
            elif kind == "duplicate":
                yield row
            elif kind == "stale":
                yield row | {"updated_at": _BEFORE_ALL, "mrr": 1.0}
            else:
                yield row | {"updated_at": as_text(END), "is_deleted": True}
