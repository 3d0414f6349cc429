"""Random stories of leads and customers, full of ties, corrections, merges and returns, and how they arrive.

What the marts should make of them is said by the laws that use them.
"""

import csv
import datetime as dt
import json
import random
from collections.abc import Iterator
from pathlib import Path

from ingest.feeds import FEEDS

Row = dict[str, str]
Story = dict[str, list[Row]]

FIRST_DAY = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
DAYS = 480
OPPORTUNITY_MOVES = ["created", "phase_changed", "phase_changed", "won", "lost", "lost", "reopened", "accepted"]
OTHER_TYPES = [
    *["form_submit", "demo_request", "email_click", "page_view", "pricing_request", "careers_page_view"],
    *["call", "meeting", "problem_confirmed", "onboarding_completed", "email_unsubscribed", "unheard_of"],
    *["requirements_shared", "vendor_preferred", "email_sent", "email_reply"],
    *["stage_changed", "stage_changed", "disqualified", "recycled", "recycled"],
]
REASONS = [
    "",
    "timing",
    "competitor",
    "unheard_of",
    "duplicate",
    "no_decision.indecision",
    "no_decision.of_a_kind_of_its_own",
]
STAGES = [
    "captured",
    "engaged",
    "mql",
    "working",
    "p1",
    "p4",
    "onboarding",
    "renewed",
    "lost",
    "churned",
    "recycled",
]
SOURCES = ["website", "cold_call", "circus", ""]
TITLES = ["CEO", "Assistant to the CEO", "Student", "Head of Sales", ""]


def tell(seed: int, leads: int) -> Story:
    """Every version of every row of a made-up company; versions of a key differ in updated_at."""
    dice = random.Random(seed)
    story: Story = {"leads": [], "activities": [], "contracts": []}
    for number in range(leads):
        _tell_lead(dice, story, number, leads)
        for index in range(dice.choice([0, 0, 1, 3, 6, 12])):
            _tell_activity(dice, story, number, f"{number}-{index}", leads)
        if dice.random() < 0.4:
            _tell_customer(dice, story, number)
        if dice.random() < 0.2:
            _tell_return(dice, story, number)
    return story


def _moment(dice: random.Random) -> dt.datetime:
    """Six-hour steps, so that many things happen at one instant; now and then any second."""
    second = dice.randrange(86400) if dice.random() < 0.2 else 0
    return FIRST_DAY + dt.timedelta(hours=6 * dice.randrange(4 * DAYS), seconds=second)


def _versions(dice: random.Random, rows: list[Row], row: Row, since: dt.datetime, changes: Row) -> None:
    """The row as it came first and, sometimes, as it was corrected later."""
    rows.append({**row, "updated_at": since.isoformat()})
    if dice.random() < 0.25:
        rows.append({**row, **changes, "updated_at": (since + dt.timedelta(days=dice.randint(1, 90))).isoformat()})


def _tell_lead(dice: random.Random, story: Story, number: int, leads: int) -> None:
    created = _moment(dice)
    row = {
        "lead_id": f"l{number}",
        "created_at": created.isoformat(),
        "job_title": dice.choice(TITLES),
        "company_domain": f"{dice.randrange(leads)}.example",
        "industry": dice.choice(["software", "retail", ""]),
        "employee_count": dice.choice(["", "5", "99", "100", "5000"]),
        "country": dice.choice(["KR", "US", ""]),
        "lead_source": dice.choice(SOURCES),
        "owner_id": dice.choice(["rep03", "rep04", ""]),
        "opted_out": dice.choice(["true", "false", "false", "false"]),
    }
    other = f"l{dice.randrange(leads + 2)}"
    changes = dice.choice(
        [
            {"merged_into_lead_id": other},
            {"merged_into_lead_id": other, "is_deleted": "true"},
            {"is_deleted": "true"},
            {"lead_source": "seminar", "employee_count": "2000"},
        ]
    )
    _versions(dice, story["leads"], row, created, changes)


def _tell_activity(dice: random.Random, story: Story, number: int, activity_id: str, leads: int) -> None:
    occurred = _moment(dice)
    kind = dice.choice(OTHER_TYPES)
    row = {"activity_id": activity_id, "lead_id": f"l{number}", "occurred_at": occurred.isoformat()}
    whose = number if dice.random() < 0.9 else dice.randrange(leads)
    if dice.random() < 0.45:
        kind = f"opportunity_{dice.choice(OPPORTUNITY_MOVES)}"
        row |= {"opportunity_id": f"o{whose}-{dice.randrange(2)}", "stage": dice.choice(["p1", "p2", "p5"])}
        row |= _terms(dice, occurred)
    elif kind == "stage_changed":
        row["stage"] = dice.choice(STAGES)
    elif dice.random() < 0.4:
        row["opportunity_id"] = f"o{whose}-{dice.randrange(2)}"
    row |= {
        "activity_type": kind,
        "outcome": dice.choice(["", "connected", "held"]),
        "actor_id": dice.choice(["", "rep03", "rep13"]),
        "channel": dice.choice(["", "web", "email"]),
        "campaign_id": dice.choice(["", "", "cmp_search", "cmp_webinar"]),
        "content_id": dice.choice(["", "paper", "pricing"]),
        "reason": dice.choice(REASONS),
    }
    changes = dice.choice(
        [
            {"is_deleted": "true"},
            {"lead_id": f"l{dice.randrange(leads)}"},
            {"occurred_at": _moment(dice).isoformat()},
            {"opportunity_id": f"o{whose}-0", **_terms(dice, occurred)},
        ]
    )
    _versions(dice, story["activities"], row, occurred, changes)


def _tell_return(dice: random.Random, story: Story, number: int) -> None:
    """One opportunity is lost, or the lead is given up, and another one is created, perhaps at the same instant."""
    moment = _moment(dice)
    kinds = [dice.choice(["opportunity_lost", "opportunity_lost", "disqualified"]), "opportunity_created"]
    for index, kind in enumerate(dice.choice([kinds, kinds, [*kinds, "opportunity_lost", "opportunity_created"]])):
        at = (moment + dt.timedelta(hours=index * dice.choice([0, 6, 24]))).isoformat()
        row = {"activity_id": f"{number}-return-{index}", "lead_id": f"l{number}", "activity_type": kind}
        row |= {"occurred_at": at, "updated_at": at, "opportunity_id": f"o{number}-{2 + (index + 1) // 2}"}
        row |= {"actor_id": dice.choice(["", "rep03"]), "reason": dice.choice(REASONS)}
        story["activities"].append(row)


def _terms(dice: random.Random, since: dt.datetime) -> Row:
    """What is said of an opportunity's value and day, which may be nothing."""
    return {
        "amount": dice.choice(["", "0", "1200", "999.995", "4000000"]),
        "currency": dice.choice(["", "EUR", "KRW"]),
        "expected_close_on": dice.choice(["", (since + dt.timedelta(days=dice.randint(-20, 120))).date().isoformat()]),
    }


def _tell_customer(dice: random.Random, story: Story, number: int) -> None:
    starts_on = (FIRST_DAY + dt.timedelta(days=dice.randrange(DAYS))).date()
    for index in range(dice.choice([1, 1, 2, 3, 4])):
        ends_on = starts_on + dt.timedelta(days=dice.choice([0, 27, 89, 200]))
        signed = dt.datetime.combine(starts_on, dt.time(), dt.UTC) + dt.timedelta(days=dice.randint(-40, 20))
        if dice.random() < 0.3:
            _tell_namesake(dice, story, number, f"{number}-{index}", signed)
        row = {
            "contract_id": f"{number}-{index}",
            "customer_id": f"k{number}" if dice.random() < 0.9 else f"k{number + 1}",
            "signed_at": signed.isoformat(),
            "starts_on": starts_on.isoformat(),
            "ends_on": "" if dice.random() < 0.15 else ends_on.isoformat(),
            "mrr": dice.choice(["0", "100", "33.335", "250.005", "1000"]),
            "currency": dice.choice(["", "EUR", "KRW", "USD"]),
            "lead_id": dice.choice([f"l{number}", f"l{number}", "", "nobody"]),
            "opportunity_id": dice.choice(["", f"o{number}-0"]),
            "renews_contract_id": f"{number}-{index - 1}" if index and dice.random() < 0.7 else "",
            "cancelled_on": "",
            "owner_id": ["", "rep13", "rep14", "stranger"][(number + index) % 4],
        }
        if dice.random() < 0.25:
            row["cancelled_on"] = (starts_on + dt.timedelta(days=dice.choice([0, 10, 60]))).isoformat()
        changes = dice.choice([{"is_deleted": "true"}, {"mrr": "77.77"}, {"cancelled_on": starts_on.isoformat()}])
        _versions(dice, story["contracts"], row, signed, changes)
        starts_on = ends_on + dt.timedelta(days=dice.choice([1, 1, 15, 31, 32, 60, -5]))


def _tell_namesake(dice: random.Random, story: Story, number: int, identifier: str, moment: dt.datetime) -> None:
    """An activity with the id of a contract, at the instant of its signature: ids are the feeds' own."""
    row = {"activity_id": identifier, "lead_id": f"l{number}", "occurred_at": moment.isoformat()}
    row |= {
        "activity_type": f"opportunity_{dice.choice(OPPORTUNITY_MOVES)}",
        "stage": "p2",
        "actor_id": "rep08",
    }
    row |= {"opportunity_id": f"o{number}-0", "updated_at": (moment + dt.timedelta(days=400)).isoformat()}
    story["activities"].append(row)


def current_rows(story: Story, feed: str, key: str) -> dict[str, Row]:
    """Each key's current version, the one updated last."""
    latest: dict[str, Row] = {}
    for row in story[feed]:
        if row[key] not in latest or latest[row[key]]["updated_at"] < row["updated_at"]:
            latest[row[key]] = row
    return latest


def survivors(story: Story) -> dict[str, str]:
    """The lead that each lead's activities belong to; erased ones have none."""
    leads = current_rows(story, "leads", "lead_id")
    found = {}
    for lead_id in leads:
        chain = [lead_id]
        while (into := leads.get(chain[-1], {}).get("merged_into_lead_id")) and into not in chain:
            chain.append(into)
        is_void = bool(into) or chain[-1] not in leads
        survivor = lead_id if is_void else chain[-1]
        if is_void or leads[survivor].get("is_deleted") != "true":
            found[lead_id] = survivor
    return found


def current_time(story: Story, feed: str, key: str, time: str) -> dict[str, str]:
    """The time of each key's current version."""
    return {identifier: row[time] for identifier, row in current_rows(story, feed, key).items()}


def rearranged(story: Story, dice: random.Random, batches: int) -> Iterator[Story]:
    """The same story in another order, with duplicates, split into batches."""
    parts: list[Story] = [{feed: [] for feed in story} for _ in range(batches)]
    for feed, rows in story.items():
        arriving = [*rows, *(row for row in rows if dice.random() < 0.15)]
        dice.shuffle(arriving)
        for row in arriving:
            dice.choice(parts)[feed].append(row)
    yield from parts


def land(story: Story, landing: Path, name: str) -> None:
    """Write a story's rows below a landing folder, one file a feed, as CSV or (by its name) JSON lines."""
    for feed, rows in story.items():
        path = landing / feed / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            if path.suffix == ".jsonl":
                file.writelines(json.dumps(row) + "\n" for row in rows)
            else:
                writer = csv.DictWriter(file, FEEDS[feed].column_names)
                writer.writeheader()
                writer.writerows(rows)
