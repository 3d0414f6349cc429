"""A small company as its people tell it: sixty contacts, twenty deals, 240 activities, and where each stands today.

The modules beside this one write it down as the exports of a CRM. What they leave out is what that CRM does not export.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

AS_OF = "2026-07-01"
FIRST_DAY = datetime(2026, 1, 5, 10, 22)
COMPANIES = 20
OWNERS = {"Emma Clark": "rep05", "Tanaka Ichiro": "rep06", "Lee Minji": "rep09", "David Cohen": "rep12"}
# As a form, a rep and a list spelled them.
COUNTRIES = {"South Korea": "KR", "대한민국": "KR", "日本": "JP", "Japan": "JP", "미국": "US", "ドイツ": "DE"}

# Number, its contacts, the path that it went (phases, Lost, Won), amount a year, what it was at first, day of closing,
# and how it stands: status, phase.
DEALS_AS_TOLD = """
  1 | 1     | 1           | 12000.00 |          | 2026-08-31 | open | p1
  2 | 2     | 1           |          |          | 2026-09-30 | open | p1
  3 | 3     | 1 2         | 18000.00 |          | 2026-07-31 | open | p2
  4 | 4     | 1 2         | 9000.50  |          | 2026-07-15 | open | p2
  5 | 5     | 1 2 3       | 24000.00 |          | 2026-08-15 | open | p3
  6 | 6     | 1 3         | 6000.00  |          | 2026-08-31 | open | p3
  7 | 7     | 1 2 3 4     | 24000.00 | 12000.00 | 2026-07-31 | open | p4
  8 | 8     | 1 2 4       | 30000.00 |          | 2026-07-10 | open | p4
  9 | 9     | 1 2 3 4 5   | 48000.00 |          | 2026-07-05 | open | p5
 10 | 10    | 1 2 3 4 5   | 15000.00 |          | 2026-07-20 | open | p5
 11 | 11    | 1 2 3 4 5 W | 12000.00 |          |            | won  | p5
 12 | 12    | 1 3 5 W     | 24000.00 |          |            | won  | p5
 13 | 13    | 1 2 W       | 6000.00  |          |            | won  | p2
 14 | 14    | 1 2 3 4 W   | 36000.00 |          |            | won  | p4
 15 | 15    | 1 2 L       | 10000.00 |          |            | lost | p2
 16 | 16    | 1 L         | 20000.00 |          |            | lost | p1
 17 | 17 21 | 1 2 3       | 42000.00 |          | 2026-09-15 | open | p3
 18 |       | 1 2         | 7500.00  |          | 2026-08-01 | open | p2
 19 | 19    | 1 2 3 L 2   | 16000.00 |          | 2026-08-20 | open | p2
 20 | 20    | 1 2 3 L     | 11000.00 |          |            | lost | p3
"""
# Deal 18 names its company alone; its first contact is person 18.
LEAD_OF_DEAL = {18: 18}
LOST_REASONS = {15: "Price", 16: "No decision", 20: "Competitor"}
REASON_CODES = {"Price": "price", "No decision": "no_decision.indecision", "Competitor": "competitor"}

# What was done with a person who has no deal, and the stage that a reader of each CRM's export sees. Salesforce and
# Pipedrive do not export what the buyer wrote, and neither knows a marketing qualified lead.
STORIES = {
    "quiet": ("bounced cancelled", {"hubspot": "captured", "salesforce": "captured", "pipedrive": "captured"}),
    "wrote back": ("mail reply", {"hubspot": "engaged", "salesforce": "captured", "pipedrive": "captured"}),
    "no answer": ("no_answer no_answer", {"hubspot": "captured", "salesforce": "captured", "pipedrive": "captured"}),
    "talked": ("mail call", {"hubspot": "working", "salesforce": "working", "pipedrive": "working"}),
    "met": ("mail meeting", {"hubspot": "working", "salesforce": "working", "pipedrive": "working"}),
    "did not come": ("no_show", {"hubspot": "captured", "salesforce": "captured", "pipedrive": "captured"}),
    "qualified by marketing": ("mail", {"hubspot": "mql", "salesforce": "captured", "pipedrive": "captured"}),
    "taken by sales": ("note", {"hubspot": "working", "salesforce": "working", "pipedrive": "captured"}),
    "called in": ("inbound", {"hubspot": "working", "salesforce": "working", "pipedrive": "working"}),
    "not for us": (
        "no_answer todo",
        {"hubspot": "disqualified", "salesforce": "disqualified", "pipedrive": "captured"},
    ),
}
# The second contact of deal 17 follows no deal: she was talked with.
STORY_OF = {21: "talked"}
# Who was found twice in the CRM and merged, with the id that went away.
MERGED = {22: 61, 33: 62}


@dataclass(frozen=True)
class Deal:
    """A deal, each step of its path with the moment it was entered."""

    number: int
    contacts: tuple[int, ...]
    path: tuple[str, ...]
    amount: str
    first_amount: str
    expected_close: str
    status: str
    phase: str
    created: datetime = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "created", created(self.number) + timedelta(days=20))

    @property
    def steps(self) -> list[tuple[str, datetime]]:
        """A step a week."""
        return [(step, self.created + timedelta(weeks=week)) for week, step in enumerate(self.path)]

    @property
    def lead(self) -> int:
        """The person whose path it belongs to."""
        return self.contacts[0] if self.contacts else LEAD_OF_DEAL[self.number]

    @property
    def closed(self) -> datetime | None:
        """When it closed, if it is closed."""
        return self.steps[-1][1] if self.status != "open" else None

    @property
    def close_on(self) -> str:
        """The day of its closing, expected or real."""
        return self.expected_close or f"{self.closed:%Y-%m-%d}"

    @property
    def owner(self) -> str:
        """Whose deal it is."""
        return owner(self.number)


@dataclass(frozen=True)
class Activity:
    """Something that one of us or of them did."""

    number: int
    person: int
    kind: str
    at: datetime
    deal: int | None

    @property
    def owner(self) -> str:
        """Who of us did it."""
        return owner(self.person)


def created(person: int) -> datetime:
    """When a contact came to be known."""
    return FIRST_DAY + timedelta(days=person)


def owner(number: int) -> str:
    """Whose contact or deal it is."""
    return list(OWNERS)[number % len(OWNERS)]


def name(person: int) -> tuple[str, str]:
    """First and last name; no two people share both."""
    first = ("Jiwoo", "Haruto", "Ada", "Jonas", "Minji", "Yuki", "Grace", "Lena", "Seojun", "Ren", "Alan", "Mia")
    last = ("Han", "Mori", "Turing", "Weber", "O'Neill, Jr", "박")
    return first[person % 12], last[person // 12]


def country(person: int) -> str:
    """The country as it was spelled."""
    return list(COUNTRIES)[person % len(COUNTRIES)]


def company(number: int) -> int:
    """The company that a person works for, or a deal is made with."""
    return (number - 1) % COMPANIES + 1


def story(person: int) -> str | None:
    """What was done with who has no deal."""
    has_deal = any(deal.lead == person for deal in DEALS)
    return None if has_deal else STORY_OF.get(person, list(STORIES)[(person - 21) % len(STORIES)])


def expected_stage(person: int, crm: str) -> str:
    """Where a reader of the export sees this person today."""
    for deal in DEALS:
        if deal.lead == person:
            return {"open": deal.phase, "won": "onboarding", "lost": "lost"}[deal.status]
    return STORIES[story(person)][1][crm]


def _deals() -> list[Deal]:
    rows = [[cell.strip() for cell in line.split("|")] for line in DEALS_AS_TOLD.strip().splitlines()]
    return [
        Deal(
            int(number), tuple(map(int, contacts.split())), tuple(path.split()), amount, first or amount, close, *state
        )
        for number, contacts, path, amount, first, close, *state in rows
    ]


def _activities() -> list[Activity]:
    """A day after another from the day a person is known: with a deal, a mail, a call, a meeting and a note first."""
    activities: list[Activity] = []
    for person in PEOPLE:
        deal = next((deal.number for deal in DEALS if deal.lead == person), None)
        told = "mail call meeting note" if deal else STORIES[story(person)][0]
        kinds = told.split() + (["mail", "no_answer"] if person <= 48 else [])
        for day, kind in enumerate(kinds, start=1):
            at = created(person) + timedelta(days=day, hours=4)
            activities.append(Activity(len(activities) + 1, person, kind, at, deal))
    return activities


PEOPLE = range(1, 61)
DEALS = _deals()
ACTIVITIES = _activities()
