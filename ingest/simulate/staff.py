"""The staff that fits a made-up company of a size and day, as rows of reps.csv.
Who acts for whom is decided by the roster in `reps`; what is expected of the staff is in `budget`.
"""

import datetime as dt
import math

from ingest.simulate.clock import END_DATE, months_later
from ingest.simulate.vocabulary import PEOPLE

COLUMNS = ("rep_id", "name", "team", "department", "manager_id", "started_on", "ended_on", "capacity")
# The company that the shipped seeds are of; one of another size has more people of the same kinds, or busier ones.
USUAL_LEADS = 2_000
_MOST_STAFFS = 50

Row = dict[str, str]

# Whose team, since when and until when at the usual end, and how many open records they can look after.
_USUAL = (
    ("rep01", "Choi Yuna", "marketing", "marketing", "", "2023-01-01", "", 1400),
    ("rep02", "Ana Souza", "marketing", "marketing", "rep01", "2024-03-01", "", 1000),
    ("rep03", "Kim Haneul", "inbound_sr", "inside_sales", "", "2023-01-01", "", 40),
    ("rep04", "Park Seojun", "inbound_sr", "inside_sales", "rep03", "2023-06-01", "2025-07-01", 40),
    ("rep04", "Park Seojun", "smb_ae", "field_sales", "rep08", "2025-07-01", "", 15),
    ("rep05", "Emma Clark", "inbound_sr", "inside_sales", "rep03", "2024-09-01", "", 40),
    ("rep06", "Tanaka Ichiro", "outbound_ebr", "inside_sales", "rep03", "2024-01-15", "", 25),
    ("rep07", "Lukas Weber", "outbound_ebr", "inside_sales", "rep03", "2024-05-01", "", 25),
    ("rep08", "Maria Rossi", "smb_ae", "field_sales", "", "2023-01-01", "", 10),
    ("rep09", "Lee Minji", "smb_ae", "field_sales", "rep08", "2023-09-01", "", 15),
    ("rep10", "John Miller", "smb_ae", "field_sales", "rep08", "2023-09-01", "2025-10-01", 15),
    ("rep11", "Sato Yumi", "enterprise_ae", "field_sales", "rep08", "2023-04-01", "", 15),
    ("rep12", "David Cohen", "enterprise_ae", "field_sales", "rep08", "2024-02-01", "", 15),
    ("rep13", "Jung Daeun", "csm", "customer_success", "", "2023-01-01", "", 110),
    ("rep14", "Sofia Lind", "csm", "customer_success", "rep13", "2024-01-01", "", 100),
)
_PEOPLE = len({row[0] for row in _USUAL})


def staffs(leads: int) -> int:
    """How many times the usual staff a company of that many leads has."""
    return min(max(round(leads / USUAL_LEADS), 1), _MOST_STAFFS)


def load(leads: int) -> float:
    """How much of the usual work one person has in a company of that many leads."""
    return leads / USUAL_LEADS / staffs(leads)


def staff(leads: int, until: dt.date = END_DATE) -> list[Row]:
    """The rows of reps.csv; roles begin and end as long before `until` as the usual ones before the usual end."""
    months = (until.year - END_DATE.year) * 12 + until.month - END_DATE.month
    names = [name for people in PEOPLE.values() for name in people]
    rows = []
    for copy in range(staffs(leads)):
        for rep_id, name, team, department, manager_id, started_on, ended_on, capacity in _USUAL:
            number = int(rep_id[3:]) + copy * _PEOPLE
            rows.append(
                {
                    "rep_id": _rep_id(number),
                    "name": names[number % len(names)] if copy else name,
                    "team": team,
                    "department": department,
                    "manager_id": _rep_id(int(manager_id[3:]) + copy * _PEOPLE) if manager_id else "",
                    "started_on": _shifted(started_on, months),
                    "ended_on": _shifted(ended_on, months) if ended_on else "",
                    "capacity": str(math.ceil(capacity * load(leads))),
                }
            )
    return rows


def usual_id(rep_id: str) -> str:
    """The person of the usual staff whose work that one does."""
    return _rep_id((int(rep_id[3:]) - 1) % _PEOPLE + 1)


def _rep_id(number: int) -> str:
    return f"rep{number:02d}"


def _shifted(day: str, months: int) -> str:
    date = dt.date.fromisoformat(day)
    return months_later(date, months).replace(day=date.day).isoformat()
