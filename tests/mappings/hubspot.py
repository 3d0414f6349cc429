"""The company as HubSpot exports it: views with their labels as headers, minutes without a zone, owners by name."""

from datetime import datetime, timedelta

from tests.mappings import company
from tests.mappings.company import Activity, Deal
from tests.mappings.written import Export, Row

STAGES = {
    "1": "Appointment Scheduled",
    "2": "Qualified To Buy",
    "3": "Presentation Scheduled",
    "4": "Decision Maker Bought-In",
    "5": "Contract Sent",
    "W": "Closed Won",
    "L": "Closed Lost",
}
CALL_OUTCOMES = {"call": "Connected", "no_answer": "No answer", "inbound": "Connected"}
EMAILS = {
    "mail": ("Outgoing Email", "Sent"),
    "reply": ("Incoming Email", "Sent"),
    "bounced": ("Outgoing Email", "Bounced"),
}
MEETING_OUTCOMES = {"meeting": "Completed", "no_show": "No show", "cancelled": "Canceled"}


def exports() -> Export:
    """What lies in the folder `hubspot`."""
    activities = company.ACTIVITIES
    return {
        file_name("contacts"): [_contact(person) for person in company.PEOPLE],
        file_name("companies"): [_company(number) for number in range(1, company.COMPANIES + 1)],
        file_name("deals"): [_deal(deal) for deal in company.DEALS],
        file_name("calls"): [_call(act) for act in activities if act.kind in CALL_OUTCOMES],
        file_name("emails"): [_email(act) for act in activities if act.kind in EMAILS],
        file_name("meetings"): [_meeting(act) for act in activities if act.kind in MEETING_OUTCOMES],
        file_name("tasks"): [_task(act) for act in activities if act.kind == "todo"],
        file_name("notes"): [_note(act) for act in activities if act.kind == "note"],
    }


def contact_id(person: int) -> str:
    """The id in the CRM: a merge makes a new one."""
    return str(100_000 + person + (900 if person in company.MERGED else 0))


def deal_id(number: int) -> str:
    """The id in the CRM."""
    return str(20_000_000_000 + number)


def phases(deal: Deal) -> list[str]:
    """The phases that the export still knows, in order: of each stage the last entry."""
    last = dict(deal.steps)
    return [f"p{step}" for step, _ in sorted(last.items(), key=lambda item: item[1]) if step not in "WL"]


def file_name(view: str) -> str:
    """What HubSpot calls the export of a view."""
    return f"hubspot-crm-exports-all-{view}-{company.AS_OF}.csv"


def _stamp(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else ""


def _contact(person: int) -> Row:
    first, last = company.name(person)
    story, known = company.story(person), company.created(person)
    number = company.company(person)
    is_mql, is_sql = story == "qualified by marketing", story == "taken by sales"
    lifecycle = "Marketing Qualified Lead" if is_mql else "Sales Qualified Lead" if is_sql else "Lead"
    merged = [100_000 + person, 100_000 + company.MERGED[person]] if person in company.MERGED else []
    return {
        "Record ID": contact_id(person),
        "First Name": first,
        "Last Name": last,
        "Email": f"person{person}@company{number}.example",
        "직책": "VP Sales",
        "Country/Region": company.country(person),
        "Contact owner": company.owner(person),
        "Create Date": _stamp(known),
        "Last Modified Date": _stamp(known + timedelta(days=30)),
        "Lifecycle Stage": "Opportunity" if story is None else lifecycle,
        "Lead Status": "Unqualified" if story == "not for us" else "New",
        "Original Traffic Source": "Organic Search" if person % 2 else "Offline Sources",
        "Became a Marketing Qualified Lead Date": _stamp(known + timedelta(hours=12) if is_mql else None),
        "Became a Sales Qualified Lead Date": _stamp(known + timedelta(days=2) if is_sql else None),
        "Unsubscribed from all email": "Yes" if person == 60 else "",
        "Merged Contact IDs": ";".join(map(str, merged)),
        "Associated Company": f"Company {number}",
        "Associated Company IDs (Primary)": _company_id(number),
    }


def _company(number: int) -> Row:
    return {
        "Record ID": _company_id(number),
        "Company name": f"Company {number}",
        "Company Domain Name": f"Company{number}.example",
        "Industry": "Computer Software" if number % 2 else "Banking",
        "Number of Employees": 50 * number,
        "Country/Region": "Germany",
        "Create Date": _stamp(company.FIRST_DAY),
    }


def _company_id(number: int) -> str:
    return str(30_000_000_000 + number)


def _deal(deal: Deal) -> Row:
    entered = dict(deal.steps)
    stage = STAGES[deal.path[-1]]
    contacts = [*deal.contacts]
    return {
        "Record ID": deal_id(deal.number),
        "Deal Name": f"Deal {deal.number}",
        "Pipeline": "Sales Pipeline",
        "Deal Stage": stage,
        "Amount": deal.amount,
        "Close Date": f"{deal.close_on} 17:00",
        "Create Date": _stamp(deal.created),
        "Last Modified Date": _stamp(deal.steps[-1][1]),
        "Deal owner": deal.owner,
        "Closed Lost Reason": company.LOST_REASONS.get(deal.number, ""),
        **{f'Date entered "{label} (Sales Pipeline)"': _stamp(entered.get(step)) for step, label in STAGES.items()},
        "Associated Contact": ";".join(" ".join(company.name(person)) for person in contacts),
        "Associated Contact IDs": ";".join(map(contact_id, contacts)),
        "Associated Company IDs (Primary)": _company_id(company.company(deal.number)),
    }


def _activity(activity: Activity) -> dict[str, str]:
    person = activity.person
    # A call of the contact that went away, from an export before the merge.
    is_old = person in company.MERGED and activity.kind == "no_answer"
    return {
        "Record ID": str(40_000_000_000 + activity.number),
        "Activity date": _stamp(activity.at),
        "Activity assigned to": activity.owner,
        "Last Modified Date": _stamp(activity.at + timedelta(minutes=5)),
        "Associated Contact IDs": str(100_000 + company.MERGED[person]) if is_old else contact_id(person),
        "Associated Deal IDs": deal_id(activity.deal) if activity.deal else "",
    }


def _call(activity: Activity) -> Row:
    return {
        **_activity(activity),
        "Call outcome": CALL_OUTCOMES[activity.kind],
        "Call direction": "Inbound" if activity.kind == "inbound" else "Outbound",
        "Call status": "Completed",
    }


def _email(activity: Activity) -> Row:
    direction, status = EMAILS[activity.kind]
    return {**_activity(activity), "Email direction": direction, "Email send status": status}


def _meeting(activity: Activity) -> Row:
    return {**_activity(activity), "Meeting outcome": MEETING_OUTCOMES[activity.kind]}


def _task(activity: Activity) -> Row:
    return {**_activity(activity), "Task Title": "Look again", "Task Type": "To-do", "Task Status": "Not started"}


def _note(activity: Activity) -> Row:
    return {**_activity(activity), "Note body": "<p>Asked for,\na second line</p>"}
