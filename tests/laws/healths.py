"""What customers of a random story did, said and signed by a moment, as health goes by it, in plain Python."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from tests.laws import stories
from tests.laws.customers import DAY, GRACE, Contract, Customer

ADOPTION = ("onboarding_completed", "first_value_reached")
SCORES = {"9": 9, "0": 0, "10": 10, '"7.5"': 7.5, "11": None, "null": None, '"bad"': None}


def activities(story: stories.Story, as_of: dt.datetime) -> dict[str, list[stories.Row]]:
    """What each surviving lead did by as_of, by time, then id."""
    survivor = stories.survivors(story)
    done: dict[str, list[stories.Row]] = defaultdict(list)
    for row in stories.current_rows(story, "activities", "activity_id").values():
        if row.get("is_deleted") != "true" and row["lead_id"] in survivor and when(row) <= as_of:
            done[survivor[row["lead_id"]]].append(row)
    return {lead: sorted(rows, key=lambda row: (when(row), row["activity_id"])) for lead, rows in done.items()}


def when(row: stories.Row) -> dt.datetime:
    return dt.datetime.fromisoformat(row["occurred_at"])


def detail(row: stories.Row, name: str) -> str | None:
    text = row.get("details", "")
    return text.split(": ", 1)[1].rstrip("}").strip('"') if text.startswith(f'{{"{name}"') else None


def score(row: stories.Row) -> float | None:
    text = detail(row, "score") or ""
    return {spelled.strip('"'): value for spelled, value in SCORES.items()}.get(text)


def tickets(done: Mapping[str, Sequence[stories.Row]]) -> dict[str, list[tuple[dt.datetime, dt.datetime | None]]]:
    """When each lead's tickets were opened and solved."""
    solved = [row for rows in done.values() for row in rows if row["activity_type"] == "support_ticket_solved"]
    found: dict[str, list[tuple[dt.datetime, dt.datetime | None]]] = defaultdict(list)
    for lead, rows in done.items():
        nameless = [
            row for row in rows if row["activity_type"] == "support_ticket_solved" and not detail(row, "ticket_id")
        ]
        place = 0
        for row in rows:
            if row["activity_type"] != "support_ticket_opened":
                continue
            if named := detail(row, "ticket_id"):
                ends = [when(one) for one in solved if detail(one, "ticket_id") == named and when(one) >= when(row)]
                found[lead].append((when(row), min(ends, default=None)))
            else:
                end = max(when(nameless[place]), when(row)) if place < len(nameless) else None
                found[lead].append((when(row), end))
                place += 1
    return found


def falling(days: float, of_days: int) -> float:
    return min(100.0, max(0.0, 100 * (1 - days / of_days)))


def contract_points(customer: Customer, at: dt.datetime) -> float | None:
    known = [
        one for one in customer.contracts if one.signed_at <= at and (not one.ends_on or one.ends_on >= one.starts_on)
    ]
    if not known:
        return None
    ends = [one.ends_on or dt.date.max for one in known]
    return 100 - falling(max((max(ends) - at.date()).days, 0), 90)


def points(
    customer: Customer,
    at: dt.datetime,
    day: dt.date,
    rows: Sequence[stories.Row],
    of_lead: Sequence[tuple[dt.datetime, dt.datetime | None]],
    buyer_acts: set[str],
) -> tuple[float | None, ...]:
    """Onboarding, usage, recency, voice, contract."""
    if not customer.lead_id:
        return None, None, None, None, contract_points(customer, at)
    past = [row for row in rows if when(row) <= at]
    begun = [one.starts_on for one in customer.covering if one.signed_at <= at]
    onboarding = falling((at.date() - min(begun)).days, 90) if begun else None
    if any(row["activity_type"] in ADOPTION for row in past):
        onboarding = 100.0
    uses = Counter((day - when(row).date()).days // 28 for row in past if row["activity_type"] == "product_used")
    usage = None
    if any(place >= 0 for place in uses):
        before = uses[1] + uses[2] + uses[3]
        usage = 100 * min(1.0, 3 * uses[0] / before) if before else 100.0 * (uses[0] > 0)
    acts = [when(row) for row in past if row["activity_type"] in buyer_acts]
    recency = falling((at - acts[-1]) / DAY, 90) if acts else 0.0
    scores = [
        value
        for row in past
        if row["activity_type"] == "survey_answered" and (at.date() - when(row).date()).days < 180
        if (value := score(row)) is not None
    ]
    old = sum(at - opened > 14 * DAY and (solved is None or solved > at) for opened, solved in of_lead)
    voice = None
    if scores or old:
        voice = max(0.0, 10 * sum(scores) / max(len(scores), 1) - 10 * old)
    return onboarding, usage, recency, voice, contract_points(customer, at)


def weighed(values: Sequence[float | None]) -> tuple[float | None, float]:
    """Health score and coverage."""
    weights = dict(zip(values and range(5), (0.25, 0.30, 0.20, 0.15, 0.10), strict=True))
    known = {place: value for place, value in enumerate(values) if value is not None}
    whole = sum(weights[place] for place in known)
    return (sum(weights[place] * value for place, value in known.items()) / whole if known else None), whole


def signed_islands(
    lead: str, contracts: Sequence[Contract], today: dt.date
) -> Iterator[tuple[dt.date, dt.date, bool, dt.datetime]]:
    """The lead's islands, with their first signatures."""
    together = Customer(lead, lead, contracts, today)
    for begins, until, is_overdue in together.islands():
        yield (
            begins,
            until,
            is_overdue,
            min(one.signed_at for one in together.covering if begins <= one.starts_on and one.until <= until),
        )


def band(whole: float | None) -> str:
    if whole is None:
        return "unknown"
    return "healthy" if whole >= 70 - 1e-9 else "watch" if whole >= 40 - 1e-9 else "critical"


def churned(customer: Customer, at: dt.datetime, day: dt.date) -> bool | None:
    """Whether it had nothing on one of the 90 days from the score's on, after the day that it was scored by."""
    if at.date() + 90 * DAY + GRACE > customer.today:
        return None
    return any(not customer.mrr(at.date() + ahead * DAY) for ahead in range(90) if at.date() + ahead * DAY > day)
