"""Opportunities read a second time, event by event in plain Python, from the same random story.

What a status, a phase or a push is stands in the marts' descriptions; nothing of dbt is used to work it out here.
"""

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

import pytest

from tests.dbt_runs import DBT_PROJECT
from tests.laws import stories
from tests.laws.conftest import OneStory

PHASES = ["p1", "p2", "p3", "p4", "p5"]
NEW_STATUS = {"opportunity_won": "won", "signature": "won", "opportunity_lost": "lost", "opportunity_reopened": "open"}


@dataclass
class Life:
    """What is known of one opportunity after the events read so far."""

    created_at: str
    lead_id: str | None = None
    status: str = "open"
    closed_at: str | None = None
    reason: str | None = None
    phase: str = "p1"
    phases: set[str] = field(default_factory=set)
    close_on: str | None = None
    pushes: int = 0
    amounts: list[tuple[str, Decimal]] = field(default_factory=list)
    actors: list[tuple[str, str, str]] = field(default_factory=list)
    stays: list[list[str | None]] = field(default_factory=list)

    def hear(self, event: stories.Row, rates: dict[str, Decimal]) -> None:
        """Let one more event happen."""
        at = event["occurred_at"]
        self.lead_id = self.lead_id or event.get("lead_id")
        if event["activity_type"] != "signature":
            self.actors.append((at, event["activity_type"], event["actor_id"]))
        phase = event["stage"] if event["activity_type"] == "opportunity_phase_changed" else self.phase
        if not self.stays or (phase != self.phase and self.status == "open"):
            self._move(at, phase)
        self.phase = phase
        self.phases.add(phase)
        status = NEW_STATUS.get(event["activity_type"], self.status)
        if status != self.status:
            self._turn(at, status, event)
        if event.get("amount"):
            amount = Decimal(event["amount"]) * rates[event["currency"]]
            self.amounts.append((at, amount.quantize(Decimal("0.01"), ROUND_HALF_UP)))
        if event.get("expected_close_on"):
            self.pushes += self.close_on is not None and event["expected_close_on"][:7] > self.close_on[:7]
            self.close_on = event["expected_close_on"]

    def _move(self, at: str, phase: str) -> None:
        if self.stays:
            self.stays[-1][2] = at
        self.stays.append([phase, at, None])

    def _turn(self, at: str, status: str, event: stories.Row) -> None:
        if self.status == "open":
            self.stays[-1][2] = at
        if status == "open":
            self.stays.append([self.phase, at, None])
        self.status = status
        self.closed_at = None if status == "open" else at
        self.reason = (event.get("reason") or None) if status == "lost" else None

    def creator(self) -> str | None:
        """Who reported its creation, or acted first where nobody did."""
        created = [actor for _, kind, actor in self.actors if kind == "opportunity_created"]
        return (created or [self.actors[0][2]])[0] or None

    def owner(self) -> str | None:
        """Who acted last up to the close."""
        acted = [actor for at, _, actor in self.actors if actor and (not self.closed_at or at <= self.closed_at)]
        return acted[-1] if acted else None

    def amount_at_close(self) -> Decimal | None:
        """The last amount up to the close, else the first one after it."""
        if self.closed_at is None or not self.amounts:
            return None
        before = [amount for at, amount in self.amounts if at <= self.closed_at]
        return before[-1] if before else self.amounts[0][1]


def events(story: stories.Story, as_of: str, seen: set[str]) -> Iterator[tuple[str, list[stories.Row]]]:
    """Per opportunity what its activities and its first signature are, in their order."""
    told: dict[str, list[stories.Row]] = defaultdict(list)
    survivor = stories.survivors(story)
    for row in stories.current_rows(story, "activities", "activity_id").values():
        lead_id = survivor.get(row["lead_id"])
        is_there = row.get("is_deleted") != "true" and row["occurred_at"] <= as_of and lead_id in seen
        if is_there and row["activity_type"].startswith("opportunity_"):
            told[row["opportunity_id"]].append({**row, "lead_id": lead_id or "", "id": row["activity_id"]})
    signed = sorted(
        (row["signed_at"], row["contract_id"], row["opportunity_id"])
        for row in stories.current_rows(story, "contracts", "contract_id").values()
        if row.get("is_deleted") != "true" and row["signed_at"] <= as_of
    )
    for opportunity_id, rows in told.items():
        mine = [(at, identifier) for at, identifier, named in signed if named == opportunity_id]
        signature = [{"activity_type": "signature", "occurred_at": at, "id": identifier} for at, identifier in mine[:1]]
        yield opportunity_id, sorted([*rows, *signature], key=lambda row: _order(row))


def segment(story: stories.Story, lead_id: str | None, at: str) -> str:
    """By the lead's last version updated by then, else by its first."""
    versions = sorted((row["updated_at"], row["employee_count"]) for row in story["leads"] if row["lead_id"] == lead_id)
    known = [size for updated_at, size in versions if updated_at <= at] or [versions[0][1]]
    size = int(known[-1] or 0)
    return "enterprise" if size >= 1000 else "mid_market" if size >= 100 else "smb"


def _order(row: stories.Row) -> tuple[str, str, str]:
    return row["occurred_at"], row["id"], row["activity_type"]


@pytest.mark.parametrize("as_of", ["2025-09-30T12:00:00+00:00", "2026-03-31T16:30:00+00:00"])
def test_opportunities_are_what_their_events_say_one_by_one(one_story: OneStory, as_of: str) -> None:
    story, folder = one_story(as_of)
    owners = dict(folder.rows("select lead_id, owner_id from marts.dim_leads"))
    with (DBT_PROJECT / "seeds" / "money" / "exchange_rates.csv").open(newline="", encoding="utf-8") as file:
        rates = {row["currency"]: Decimal(row["rate_to_reporting"]) for row in csv.DictReader(file)} | {"": Decimal(1)}
    lives: dict[str, Life] = {}
    for opportunity_id, rows in events(story, as_of, set(owners)):
        lives[opportunity_id] = Life(created_at=rows[0]["occurred_at"])
        for row in rows:
            lives[opportunity_id].hear(row, rates)
    assert {life.status for life in lives.values()} == {"open", "won", "lost"}
    assert any(life.pushes for life in lives.values())

    moment = "strftime({}, '%Y-%m-%dT%H:%M:%S+00:00')"
    facts = folder.rows(
        f"select opportunity_id, lead_id, {moment.format('created_at')}, status, {moment.format('closed_at')}, "
        "lost_reason, current_phase, max_phase, push_count, expected_close_on::varchar, amount, amount_at_close, "
        "segment, created_by, owner_id "
        "from marts.fct_opportunities"
    )
    assert {row[0]: row[1:] for row in facts} == {
        opportunity_id: (
            life.lead_id,
            life.created_at,
            life.status,
            life.closed_at,
            life.reason,
            life.phase,
            max(life.phases, key=PHASES.index),
            life.pushes,
            life.close_on,
            life.amounts[-1][1] if life.amounts else None,
            life.amount_at_close(),
            segment(story, life.lead_id, life.created_at),
            life.creator() or owners[life.lead_id],
            life.owner() or owners[life.lead_id],
        )
        for opportunity_id, life in lives.items()
    }
    stays = folder.rows(
        f"select opportunity_id, phase_number, phase, {moment.format('entered_at')}, {moment.format('exited_at')} "
        "from marts.fct_opportunity_phases"
    )
    assert {row[:2]: row[2:] for row in stays} == {
        (opportunity_id, number): tuple(stay)
        for opportunity_id, life in lives.items()
        for number, stay in enumerate(life.stays, start=1)
    }
