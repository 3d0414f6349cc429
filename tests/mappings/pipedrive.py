"""The company as Pipedrive's list views export it, saved again by a European spreadsheet: `;`, dd/mm/yyyy, 1.234,50.

People and deals are named, not numbered, where they are linked, and of a deal's stages only the present one is there.
"""

from datetime import datetime, timedelta

from tests.mappings import company
from tests.mappings.company import Activity, Deal
from tests.mappings.written import Export, Row

STAGES = {
    "1": "Qualified",
    "2": "Contact Made",
    "3": "Demo Scheduled",
    "4": "Proposal Made",
    "5": "Negotiations Started",
}
TYPES = {
    "call": "Call",
    "inbound": "Call",
    "no_answer": "Unanswered call",
    "mail": "Email",
    "reply": "Email",
    "bounced": "Email",
    "meeting": "Meeting",
    "no_show": "Meeting",
    "cancelled": "Meeting",
    "note": "Task",
    "todo": "Task",
}
NOT_DONE = ("no_show", "cancelled", "todo")


def exports() -> Export:
    """What lies in the folder `pipedrive`."""
    return {
        "people-7215931-1.csv": [_person(person) for person in company.PEOPLE],
        "deals-7215931-2.csv": [_deal(deal) for deal in company.DEALS],
        "activities-7215931-3.csv": [_activity(activity) for activity in company.ACTIVITIES],
    }


def person_id(person: int) -> str:
    """The id in the CRM."""
    return str(person)


def deal_id(number: int) -> str:
    """The id in the CRM."""
    return str(number)


def phases(deal: Deal) -> list[str]:
    """The phases that a reader of the export knows: where each deal begins, and where it is."""
    now = [f"p{step}" for step in deal.path if step not in "WL"][-1]
    return ["p1"] if now == "p1" else ["p1", now]


def _stamp(moment: datetime | None) -> str:
    return f"{moment:%d/%m/%Y %H:%M}" if moment else ""


def _day(text: str) -> str:
    return "/".join(reversed(text.split("-")))


def _money(amount: str) -> str:
    return f"{float(amount):,.2f}".translate(str.maketrans(",.", ".,")) if amount else ""


def _person(person: int) -> Row:
    number = company.company(person)
    return {
        "Person - ID": person_id(person),
        "Person - Name": " ".join(company.name(person)),
        "Person - Email - Work": f"person{person}@company{number}.example",
        "Person - Organization": f"Company {number}",
        "직책": "VP Sales",
        "Organization - Country of Address": company.country(person),
        "Person - Owner": company.owner(person),
        "Person - Person created": _stamp(company.created(person)),
        "Person - Update time": _stamp(company.created(person) + timedelta(days=30)),
    }


def _deal(deal: Deal) -> Row:
    steps = [(step, at) for step, at in deal.steps if step in STAGES]
    contacts = [" ".join(company.name(person)) for person in deal.contacts]
    return {
        "Deal - ID": deal_id(deal.number),
        "Deal - Title": f"Deal {deal.number}",
        "Deal - Value": _money(deal.amount),
        "Deal - Currency of Value": "USD",
        "Deal - Organization": f"Company {company.company(deal.number)}",
        "Deal - Contact person": contacts[0] if contacts else "",
        "Deal - Participants": ", ".join(contacts),
        "Deal - Pipeline": "Pipeline",
        "Deal - Stage": STAGES[steps[-1][0]],
        "Deal - Status": deal.status.capitalize(),
        "Deal - Owner": deal.owner,
        "Deal - Deal created": _stamp(deal.created),
        "Deal - Update time": _stamp(deal.steps[-1][1]),
        "Deal - Last stage change": _stamp(steps[-1][1]),
        "Deal - Expected close date": _day(deal.expected_close),
        "Deal - Won time": _stamp(deal.closed if deal.status == "won" else None),
        "Deal - Lost time": _stamp(deal.closed if deal.status == "lost" else None),
        "Deal - Lost reason": company.LOST_REASONS.get(deal.number, ""),
    }


def _activity(activity: Activity) -> Row:
    is_done = activity.kind not in NOT_DONE
    return {
        "Activity - ID": str(activity.number),
        "Activity - Subject": "Talk",
        "Activity - Type": TYPES[activity.kind],
        "Activity - Done": "Done" if is_done else "To do",
        "Activity - Due date": f"{activity.at:%d/%m/%Y}",
        "Activity - Due time": f"{activity.at:%H:%M}",
        "Activity - Marked as done time": _stamp(activity.at if is_done else None),
        "Activity - Assigned to user": activity.owner,
        "Activity - Contact person": " ".join(company.name(activity.person)),
        "Activity - Deal": f"Deal {activity.deal}" if activity.deal else "",
        "Activity - Organization": f"Company {company.company(activity.person)}",
    }
