"""A small landing folder that is right in every row: one lead for each typical path, named by it.

For a person who makes feeds and wants to see what a deal that is lost, or a customer that churns, is made of. Who of us
acts is read from the reps; what the columns mean is in `feeds`.
"""

import csv
import datetime as dt
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from ingest.errors import RevloopError
from ingest.feeds import FEEDS

FILE = "example.csv"
FIRST_DAY = dt.date(2026, 1, 5)

Row = Mapping[str, str]
# Days after the lead came, type, and what else the activity says.
Step = tuple[int, str, Row]


def _step(day: int, activity_type: str, **more: str) -> Step:
    return day, activity_type, more


_ASKED = (_step(2, "demo_request", channel="web"),)
_TALKED = (*_ASKED, _step(4, "call", outcome="connected", actor="inside_sales"))
_OPENED = (
    *_TALKED,
    _step(9, "opportunity_created", amount="24000", close="120", actor="inside_sales"),
    _step(9, "problem_confirmed"),
    _step(20, "opportunity_phase_changed", stage="p2", amount="24000", close="120", actor="field_sales"),
    _step(21, "requirements_shared"),
)
_CLOSED = (
    *_OPENED,
    _step(40, "opportunity_phase_changed", stage="p4", amount="30000", close="100", actor="field_sales"),
    _step(41, "terms_agreed"),
    _step(60, "opportunity_won", amount="30000", actor="field_sales"),
)


@dataclass(frozen=True)
class LeadPath:
    """What happens to one lead: its own attributes, its activities, and its contracts by their days."""

    name: str
    lead: Row = field(default_factory=dict)
    steps: Sequence[Step] = ()
    contracts: Sequence[Row] = ()


PATHS: Sequence[LeadPath] = (
    LeadPath("new"),
    LeadPath("engaged", steps=[_step(1, "form_submit", channel="web"), _step(3, "email_click", channel="email")]),
    LeadPath("qualified", steps=_ASKED),
    LeadPath("working", steps=_TALKED),
    LeadPath("open", steps=_OPENED),
    LeadPath("won", steps=(*_CLOSED, _step(90, "onboarding_completed")), contracts=[{"starts": "62"}]),
    LeadPath("lost", steps=(*_OPENED, _step(50, "opportunity_lost", reason="price", actor="field_sales"))),
    LeadPath(
        "reopened",
        steps=(
            *_OPENED,
            _step(50, "opportunity_lost", reason="timing", actor="field_sales"),
            _step(80, "opportunity_reopened", actor="field_sales"),
        ),
    ),
    LeadPath(
        "recycled",
        steps=(*_TALKED, _step(30, "recycled", reason="timing", actor="inside_sales")),
    ),
    LeadPath(
        "recycled_then_won",
        steps=(
            *_TALKED,
            _step(30, "recycled", reason="timing", actor="inside_sales"),
            _step(70, "pricing_request", channel="web"),
            _step(75, "opportunity_created", amount="12000", close="140", actor="inside_sales"),
            _step(90, "meeting", outcome="held", actor="field_sales", opportunity="yes"),
            _step(110, "opportunity_won", amount="12000", actor="field_sales"),
        ),
        contracts=[{"signed": "110", "starts": "112", "mrr": "1000"}],
    ),
    LeadPath(
        "disqualified",
        steps=(*_TALKED, _step(10, "disqualified", reason="fit_gap", actor="inside_sales")),
    ),
    LeadPath(
        "churned", steps=_CLOSED, contracts=[{"starts": "62", "ends": "426", "cancelled": "130", "reason": "price"}]
    ),
    LeadPath(
        "renewed",
        steps=(*_CLOSED, _step(95, "first_value_reached")),
        contracts=[{"starts": "62", "ends": "151"}, {"signed": "145", "starts": "152", "mrr": "2800", "renews": "1"}],
    ),
    LeadPath(
        "expanded",
        steps=(
            *_CLOSED,
            _step(100, "opportunity_created", opportunity="2", amount="6000", close="150", actor="customer_success"),
            _step(130, "opportunity_won", opportunity="2", amount="6000", actor="customer_success"),
        ),
        contracts=[{"starts": "62"}, {"signed": "130", "starts": "132", "mrr": "500", "opportunity": "2"}],
    ),
    LeadPath("merged", lead={"merged_into_lead_id": "won"}, steps=[_step(1, "seminar_attended")]),
    LeadPath("opted_out", lead={"opted_out": "yes"}, steps=[_step(1, "email_unsubscribed", channel="email")]),
    LeadPath("deleted", lead={"is_deleted": "true"}),
)
_LEAD: Row = MappingProxyType(
    {"industry": "manufacturing", "employee_count": "450", "country": "KR", "lead_source": "website"}
)


def write_example(out: Path, reps: Mapping[str, str]) -> list[Path]:
    """Write the landing folder; `reps` are a rep_id for each department. RevloopError where others' files lie."""
    tables: dict[str, list[Row]] = {feed: [] for feed in FEEDS}
    for number, path in enumerate(PATHS):
        came = FIRST_DAY + dt.timedelta(days=number)
        tables["leads"].append(_lead(path, came, reps))
        tables["activities"] += _activities(path, came, reps)
        tables["contracts"] += _contracts(path, came, reps)
    files = {out / feed / FILE: _text(feed, rows) for feed, rows in tables.items()}
    for file, text in files.items():
        if file.exists() and file.read_bytes() != text.encode():
            raise RevloopError(f"{file} is there already and says something else: name another folder")
    for file, text in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
    return list(files)


def _lead(path: LeadPath, came: dt.date, reps: Mapping[str, str]) -> Row:
    company = path.name.replace("_", "-")
    return {
        **_LEAD,
        "lead_id": path.name,
        "created_at": _at(came, 0),
        "updated_at": _at(came, 150),
        "email": f"buyer@{company}.example",
        "full_name": f"Buyer of {path.name.replace('_', ' ')}",
        "job_title": "VP Sales",
        "company_name": f"The {path.name.replace('_', ' ')} company",
        "company_domain": f"{company}.example",
        "owner_id": reps.get("inside_sales", ""),
        **path.lead,
    }


def _activities(path: LeadPath, came: dt.date, reps: Mapping[str, str]) -> list[Row]:
    rows = []
    for number, (day, activity_type, more) in enumerate(path.steps, start=1):
        is_of_deal = activity_type.startswith(("opportunity_", "problem_", "requirements_", "terms_"))
        which = more.get("opportunity", "1" if is_of_deal else None)
        rows.append(
            {
                "activity_id": f"{path.name}/{number:02}",
                "lead_id": path.name,
                "activity_type": activity_type,
                "occurred_at": _at(came, day, number),
                "opportunity_id": _opportunity(path, which),
                "actor_id": reps.get(more["actor"], "") if "actor" in more else "",
                "currency": "USD" if "amount" in more else "",
                "expected_close_on": str(came + dt.timedelta(days=int(more["close"]))) if "close" in more else "",
                **{name: more[name] for name in ("outcome", "channel", "stage", "reason", "amount") if name in more},
            }
        )
    return rows


def _contracts(path: LeadPath, came: dt.date, reps: Mapping[str, str]) -> list[Row]:
    def day(text: str | None) -> str:
        return "" if text is None else str(came + dt.timedelta(days=int(text)))

    return [
        {
            "contract_id": f"{path.name}/contract-{number}",
            "customer_id": f"customer-{path.name}",
            "signed_at": _at(came, int(terms.get("signed", "60")), 9),
            "starts_on": day(terms["starts"]),
            "ends_on": day(terms.get("ends")),
            "mrr": terms.get("mrr", "2500"),
            "updated_at": _at(came, 150),
            "lead_id": path.name,
            "opportunity_id": "" if "renews" in terms else _opportunity(path, terms.get("opportunity", "1")),
            "product": "team",
            "currency": "USD",
            "renews_contract_id": f"{path.name}/contract-{terms['renews']}" if "renews" in terms else "",
            "cancelled_on": day(terms.get("cancelled")),
            "cancel_reason": terms.get("reason", ""),
            "owner_id": reps.get("customer_success", ""),
        }
        for number, terms in enumerate(path.contracts, start=1)
    ]


def _opportunity(path: LeadPath, which: str | None) -> str:
    return "" if which is None else f"deal-{path.name}{'-2' if which == '2' else ''}"


def _at(came: dt.date, days: int, hour: int = 0) -> str:
    return f"{came + dt.timedelta(days=days)}T{9 + min(hour, 9):02}:00:00+09:00"


def _text(feed: str, rows: Sequence[Row]) -> str:
    """The rows as CSV, without the columns that none of them fills."""
    names = [name for name in FEEDS[feed].column_names if any(row.get(name) for row in rows)]
    text = io.StringIO()
    writer = csv.DictWriter(text, names, restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
