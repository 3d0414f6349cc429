"""What goes wrong between a CRM and its exports: later versions, merges, deletions, duplicates,
strays. It makes valid rows only; rows that no loader may accept are in `spoiled`.
"""

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa

from ingest.simulate.clock import DAY, Span, as_second, as_text
from ingest.simulate.people import Leads, Row, lead_id
from ingest.simulate.vocabulary import UNKNOWN_ACTIVITY_TYPES

# Leads that nobody knows; no simulated company has so many.
_STRANGER = 90_000_000

_CHANNELS = ("web", "email", "phone", "video")
# Sizes that a later export knows better: of the same segment, or just across its edge.
_KNOWN_SIZES = {"smb": ("45", "99", "100"), "mid_market": ("100", "850", "1000.0"), "enterprise": ("1000.0", "12000")}
# What only describes costs no row: it is left blank, and the rest is taken.
_BLANKED = ({"country": "KOR"}, {"acquisition_cost": "n/a"}, {"employee_count": "1,200"}, {"employee_count": "-5"})
_LEAD_SHARES = {
    "enriched": 0.02,
    "blanked": 0.001,
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
    "blanked": 0.0002,
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


def lead_versions(rng: np.random.Generator, leads: Leads, span: Span) -> Iterator[Row]:
    """Further versions of the chunk's leads, as a later export holds them."""
    order = rng.permutation(len(leads.rows))
    taken = 0
    for kind, share in _LEAD_SHARES.items():
        size = _GROUP.get(kind, 1)
        for _ in range(max(1, round(len(order) * share / size))):
            group = [leads.rows[place] for place in order[taken : taken + size]]
            taken += size
            if len(group) == size:
                yield from _versions(kind, group, int(rng.integers(2**31)), span)


def _versions(kind: str, group: list[Row], draw: int, span: Span) -> Iterator[Row]:
    first = group[0]
    later = _moment_after(max(row["created_at"] for row in group), draw, span)
    if kind == "enriched":
        sizes = _KNOWN_SIZES[_segment(first["employee_count"])]
        size = sizes[draw % len(sizes)]
        yield first | {"updated_at": later, "employee_count": size, "job_title": "VP Sales"}
    elif kind == "blanked":
        # Without a size it is a small company, so only those lose theirs.
        blanked = _BLANKED if _segment(first["employee_count"]) == "smb" else _BLANKED[:2]
        yield first | {"updated_at": later} | blanked[draw % len(blanked)]
    elif kind == "stale":
        yield first | {"updated_at": _before_all(span), "industry": "other"}
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
        yield first | {"updated_at": _moment_after(later, draw, span), "is_deleted": "no"}
    else:
        yield from _merges(kind, group, later, draw)


def _segment(size: str) -> str:
    employees = int(size or 0)
    return "enterprise" if employees >= 1000 else "mid_market" if employees >= 100 else "smb"


def _before_all(span: Span) -> str:
    """A moment before anything happened at the company."""
    return as_text(span.first - 200 * DAY)


def _moment_after(text: str, draw: int, span: Span) -> str:
    """Some moment between the one that `text` names and the company's last."""
    since = as_second(text)
    return as_text(since + 1 + draw % max(span.end - since, 1))


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


def activity_versions(
    rng: np.random.Generator, table: pa.Table, leads: Leads, span: Span
) -> tuple[pa.Table, list[dict]]:
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
            rows.extend(_ACTIVITY_VERSIONS[kind](_as_texts(row), draw, leads, span))
    return table.filter(pa.array(~is_late)), rows


def _as_texts(row: dict) -> Row:
    texts = {name: "" if value is None else str(value) for name, value in row.items()}
    texts["occurred_at"] = as_text(int(row["occurred_at"].timestamp()))
    texts["updated_at"] = texts["occurred_at"]
    texts["is_deleted"] = ""
    return texts


def _later(row: Row, draw: int, span: Span, **changes: str) -> Row:
    return row | {"updated_at": _moment_after(row["updated_at"], draw, span)} | changes


def _other_channel(row: Row, draw: int) -> str:
    others = [channel for channel in _CHANNELS if channel != row["channel"]]
    return others[draw % len(others)]


def _corrected(row: Row, draw: int, leads: Leads, span: Span) -> list[Row]:
    return [_later(row, draw, span, channel=_other_channel(row, draw))]


def _stale(row: Row, draw: int, leads: Leads, span: Span) -> list[Row]:
    return [row | {"updated_at": _before_all(span), "channel": _other_channel(row, draw)}]


def _blanked(row: Row, draw: int, leads: Leads, span: Span) -> list[Row]:
    return [_later(row, draw, span, details="[1, 2]")]


def _moved(row: Row, draw: int, leads: Leads, span: Span) -> list[Row]:
    return [_later(row, draw, span, lead_id=leads.rows[draw % len(leads.rows)]["lead_id"])]


def _deleted(row: Row, draw: int, leads: Leads, span: Span) -> list[Row]:
    return [_later(row, draw, span, is_deleted="true")]


def _unknown_type(row: Row, draw: int, leads: Leads, span: Span) -> list[Row]:
    return [row | {"activity_type": UNKNOWN_ACTIVITY_TYPES[draw % len(UNKNOWN_ACTIVITY_TYPES)]}]


def _stranger(row: Row, draw: int, leads: Leads, span: Span) -> list[Row]:
    stranger = lead_id(_STRANGER + draw % 1000)
    return [row | {"lead_id": stranger, "activity_type": "page_view", "opportunity_id": ""}]


def _local_time(row: Row, draw: int, leads: Leads, span: Span) -> list[Row]:
    """The same day written with zones and fractions, one at a Seoul midnight."""
    day = row["occurred_at"][:10]
    ways = (
        f"{day}T00:00:00+09:00",
        f"{day} 00:00:00.0000009+0900",
        f"{day}T23:59:59.999999-05",
        f"{day} 15:00",
        day,
    )
    return [row | {"occurred_at": ways[draw % len(ways)], "updated_at": ""}]


_ACTIVITY_VERSIONS: dict[str, Callable[[Row, int, Leads, Span], list[Row]]] = {
    "late": lambda row, draw, leads, span: [row],
    "blanked": _blanked,
    "corrected": _corrected,
    "stale": _stale,
    "duplicate": lambda row, draw, leads, span: [row, row],
    "moved": _moved,
    "deleted": _deleted,
    "unknown_type": _unknown_type,
    "stranger": _stranger,
    "local_time": _local_time,
}


def contract_versions(rng: np.random.Generator, rows: list[dict], span: Span) -> Iterator[dict]:
    """Further versions of the chunk's contracts, as a later export holds them."""
    for kind in ("corrected", "duplicate", "stale", "deleted"):
        share = 0.02 if kind == "corrected" else 0.005
        for place in rng.permutation(len(rows))[: max(2, round(len(rows) * share))]:
            row = rows[place]
            if kind == "corrected":
                later = _moment_after(row["signed_at"], int(rng.integers(2**31)), span)
                yield row | {"updated_at": later, "mrr": round(row["mrr"] * 1.02, 2)}
            elif kind == "duplicate":
                yield row
            elif kind == "stale":
                yield row | {"updated_at": _before_all(span), "mrr": 1.0}
            else:
                yield row | {"updated_at": as_text(span.end - 1), "is_deleted": True}
