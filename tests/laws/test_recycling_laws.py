"""Who waits to be recycled, looked at instant by instant and day by day in plain Python, from the same random story.

The marts find pools and offers as spans in closed form; here each lead is asked at each local midnight what it is,
where, since when and who talks with its company, and nothing of the spans is used.
"""

import csv
import hashlib
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.dbt_runs import DBT_PROJECT, DbtFolder
from tests.laws import stories
from tests.laws.conftest import OneStory, Tell

UNATTENDED_DAYS = 90
HOLDOUT_RATE = 0.1
FALLEN = {"recycled", "lost", "churned"}
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
AS_OF = "2026-03-31T16:30:00+00:00"


def seed(path: str) -> list[dict[str, str]]:
    with (DBT_PROJECT / "seeds" / path).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def draw(lead_id: str, cycle_number: int, pool: str) -> bool:
    digits = hashlib.md5(f"{lead_id}|{cycle_number}|{pool}".encode(), usedforsecurity=False).hexdigest()[:8]
    return int(digits, 16) / 2**32 < HOLDOUT_RATE


@dataclass(frozen=True)
class Waiting:
    """A lead in a pool at an instant, and what stands against its next pass but an opt-out."""

    pool: str
    cycle_number: int
    entered_pool_at: datetime
    eligible_on: date | None
    reason: str | None
    new_act_at: datetime | None


class Company:
    """A story and the facts made of it: stays, opportunities and coverage, which have laws of their own."""

    def __init__(self, story: stories.Story, folder: DbtFolder, zone: ZoneInfo) -> None:
        self.folder = folder
        self.zone = zone
        self.below_p1 = {row["stage"] for row in seed("process/stages.csv") if row["rank"] and int(row["rank"]) < 51}
        self.rules = seed("recycling/recycle_rules.csv")
        points = {row["activity_type"]: row for row in seed("process/activity_types.csv")}
        survivor = stories.survivors(story)
        self.leads = {row["lead_id"]: row for row in self.read("warehouse.marts.dim_leads")}
        self.grades = {row["lead_id"]: row["fit_grade"] for row in self.read("warehouse.marts.fct_lead_scores")}
        self.own_acts: dict[str, list[datetime]] = defaultdict(list)
        self.new_acts: dict[str, list[datetime]] = defaultdict(list)
        self.opportunities_of: dict[str, set[str]] = defaultdict(set)
        for row in stories.current_rows(story, "activities", "activity_id").values():
            lead_id, at = survivor.get(row["lead_id"]), datetime.fromisoformat(row["occurred_at"])
            if lead_id not in self.leads or row.get("is_deleted") == "true" or row["occurred_at"] > AS_OF:
                continue
            kind = points.get(row["activity_type"], {"is_buyer_act": "false", "points": "0"})
            if row["actor_id"]:
                self.own_acts[lead_id].append(at)
            if kind["is_buyer_act"] == "true" and float(kind["points"]) >= 0:
                self.new_acts[lead_id].append(at)
            if row["activity_type"].startswith("opportunity_"):
                self.opportunities_of[lead_id].add(row["opportunity_id"])
        for acts in (*self.own_acts.values(), *self.new_acts.values()):
            acts.sort()
        self.created = {
            row["opportunity_id"]: row["created_at"] for row in self.read("warehouse.marts.fct_opportunities")
        }
        self.open_stays = defaultdict(list)
        for row in self.read("warehouse.marts.fct_opportunity_phases"):
            self.open_stays[row["opportunity_id"]].append((row["entered_at"], row["exited_at"] or NEVER))
        self.stays = defaultdict(list)
        for row in self.read("warehouse.marts.fct_stage_transitions order by transition_number"):
            self.stays[row["lead_id"]].append(row)

    def midnight(self, day: date) -> datetime:
        """The first instant of a local day, the earlier one where clocks go back over midnight."""
        return datetime.combine(day, time(), self.zone).astimezone(UTC)

    def day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def read(self, relation: str) -> list[dict[str, Any]]:
        packed = self.folder.rows_of_build(f"select facts from (select * from {relation}) as facts")
        return [row for (row,) in packed]

    @cached_property
    def islands(self) -> dict[str, list[tuple[datetime, datetime, datetime]]]:
        """When a lead is a customer by an island, and when coverage begins in it."""
        found = defaultdict(list)
        for row in self.read("build.intermediate.int_coverage_periods"):
            if row["holder_type"] == "lead":
                end = NEVER if row["is_overdue"] else row["uncovered_at"] or NEVER
                found[row["holder_id"]].append((min(row["starts_at"], row["first_signed_at"]), end, row["starts_at"]))
        return found

    @cached_property
    def wins(self) -> dict[str, list[tuple[datetime, int]]]:
        """How many opportunities of a lead stand won after each of its opportunities' moves."""
        order = "moved_at, move_id, move, opportunity_id"
        found = defaultdict(list)
        for row in self.read(f"build.intermediate.int_opportunity_moves_by_lead order by {order}"):
            found[row["lead_id"]].append((row["moved_at"], row["won_opportunity_count"]))
        return found

    def is_customer(self, lead_id: str, at: datetime) -> bool:
        islands = self.islands[lead_id]
        if any(begin <= at < end for begin, end, _ in islands):
            return True
        standing = [won for moved_at, won in self.wins[lead_id] if moved_at <= at]
        return bool(standing and standing[-1]) and not any(covered <= at for _, _, covered in islands)

    @cached_property
    def colleagues(self) -> dict[str, set[str]]:
        """The opportunities of each lead's company."""
        public = {row["company_domain"] for row in seed("market/public_domains.csv")}
        by_domain = defaultdict(set)
        for lead_id, lead in self.leads.items():
            by_domain[lead["company_domain"]] |= self.opportunities_of[lead_id]
        return {
            lead_id: by_domain[lead["company_domain"]]
            if lead["company_domain"] and lead["company_domain"] not in public
            else self.opportunities_of[lead_id]
            for lead_id, lead in self.leads.items()
        }

    def is_busy(self, lead_id: str, at: datetime) -> bool:
        stays = (stay for named in self.colleagues[lead_id] for stay in self.open_stays[named])
        return any(begin <= at < end for begin, end in stays)

    def rule(self, stage: str, reason: str | None) -> dict[str, str] | None:
        fitting = [row for row in self.rules if row["from_stage"] == stage and row["reason"] in ("", reason)]
        return min(fitting, key=lambda row: (row["reason"] == "", int(row["priority"])), default=None)

    def look(self, lead_id: str, at: datetime) -> Waiting | None:
        """The lead's wait at an instant, if it is in a pool."""
        stay = next((row for row in self.stays[lead_id] if row["entered_at"] <= at < (row["exited_at"] or NEVER)), None)
        if stay is None or stay["to_stage"] == "disqualified":
            return None
        acts = self.own_acts[lead_id]
        last_act = acts[bisect_right(acts, at) - 1] if acts and acts[0] <= at else None
        is_customer = self.is_customer(lead_id, at)
        entered = stay["entered_at"]
        if is_customer or stay["to_stage"] in self.below_p1:
            since = max(entered, last_act or entered)
            entered = self.midnight(self.day(since) + timedelta(days=UNATTENDED_DAYS))
            if entered > at:
                return None
        elif stay["to_stage"] not in FALLEN:
            return None
        reason = None if is_customer else stay["reason"]
        new_acts = [act for act in self.new_acts[lead_id] if entered < act <= at]
        rule = self.rule(stay["to_stage"], reason)
        quiet_since = last_act if last_act and last_act > entered else entered
        eligible_on = self.day(quiet_since) + timedelta(days=int(rule["min_days"])) if rule else None
        return Waiting(
            self.pool(lead_id, stay["to_stage"], is_customer, at),
            stay["cycle_number"],
            entered,
            eligible_on,
            self.objection(lead_id, stay["cycle_number"], rule, eligible_on, bool(new_acts), at),
            new_acts[-1] if new_acts else None,
        )

    def pool(self, lead_id: str, stage: str, is_customer: bool, at: datetime) -> str:
        if is_customer:
            return "unattended_customer"
        if stage == "churned":
            return "churned_customer"
        created = [self.created[named] for named in self.opportunities_of[lead_id]]
        return "lost_opportunity" if any(moment <= at for moment in created) else "never_opportunity"

    def objection(
        self,
        lead_id: str,
        cycle_number: int,
        rule: dict[str, str] | None,
        eligible_on: date | None,
        has_acted: bool,
        at: datetime,
    ) -> str | None:
        if self.is_busy(lead_id, at):
            return "open_opportunity"
        if rule is None or eligible_on is None:
            return "no_rule"
        if rule["max_cycles"] and cycle_number >= int(rule["max_cycles"]):
            return "max_cycles"
        if rule["min_fit_grade"] and self.grades[lead_id] > rule["min_fit_grade"]:
            return "fit"
        if eligible_on > self.day(at):
            return "too_early"
        return "no_new_act" if rule["needs_new_act"] == "true" and not has_acted else None

    def first_offers(self, until: datetime) -> Iterator[tuple[str, int, str, date]]:
        """Day after day, who is eligible at its first instant and was not yet in that cycle and pool."""
        offered = set()
        first = min(row["entered_at"] for rows in self.stays.values() for row in rows)
        for number in range((self.day(until) - self.day(first)).days + 1):
            day = self.day(first) + timedelta(days=number)
            for lead_id in self.leads:
                waiting = self.look(lead_id, self.midnight(day))
                if waiting and waiting.reason is None:
                    key = (lead_id, waiting.cycle_number, waiting.pool)
                    if key not in offered:
                        offered.add(key)
                        yield *key, day


def tell_of_waiting(dice: Random, leads: int) -> stories.Story:
    """Fit leads in companies of three, given up, lost and left lying, while we write and they act now and then."""
    story: stories.Story = {"leads": [], "activities": [], "contracts": []}
    first = datetime(2025, 1, 1, tzinfo=UTC)
    for number in range(leads):
        created = first + timedelta(hours=dice.randrange(24 * 150))
        row = {"lead_id": f"l{number}", "created_at": created.isoformat(), "updated_at": created.isoformat()}
        row |= {"job_title": "CEO", "industry": "software", "employee_count": "500", "country": "KR"}
        row |= {"company_domain": dice.choice([f"{number // 3}.example"] * 3 + ["gmail.com", ""])}
        story["leads"].append({**row, "opted_out": dice.choice(["true", "false", "false", "false"])})
        at = created
        for index in range(dice.randrange(12)):
            at += timedelta(hours=dice.choice([0, 1, 24, 24 * dice.randrange(200), dice.randrange(24 * 60)]))
            story["activities"].append(_step(dice, number, index, at))
        if dice.random() < 0.25:
            story["contracts"].append(_contract(dice, number, at + timedelta(days=dice.randint(-100, 30))))
    return story


def _step(dice: Random, number: int, index: int, at: datetime) -> stories.Row:
    kinds = ["recycled"] * 3 + ["email_sent"] * 4 + ["opportunity_created", "opportunity_lost", "opportunity_lost"]
    kinds += ["opportunity_won", "opportunity_reopened", "page_view", "form_submit", "demo_request", "disqualified"]
    kinds += ["email_unsubscribed"]
    kind = dice.choice(kinds)
    row = {"activity_id": f"{number}-{index}", "lead_id": f"l{number}", "occurred_at": at.isoformat()}
    row |= {"activity_type": kind, "updated_at": at.isoformat()}
    row |= {"actor_id": dice.choice(["", "rep03"]) if kind != "email_sent" else "rep03"}
    row |= {"reason": dice.choice(["", "timing", "price", "lost_contact", "no_decision.indecision"])}
    if kind.startswith("opportunity_"):
        whose = number if dice.random() < 0.8 else number // 3 * 3
        row |= {"opportunity_id": f"o{whose}-{dice.randrange(2)}"}
    return row


def _contract(dice: Random, number: int, signed: datetime) -> stories.Row:
    starts_on = signed.date() + timedelta(days=dice.randint(-10, 20))
    row = {"contract_id": f"c{number}", "customer_id": f"k{number}", "lead_id": f"l{number}", "mrr": "100"}
    row |= {"signed_at": signed.isoformat(), "updated_at": signed.isoformat(), "starts_on": starts_on.isoformat()}
    return row | {"ends_on": dice.choice(["", (starts_on + timedelta(days=dice.randrange(300))).isoformat()])}


@pytest.fixture(scope="module", params=["one story", "a story of waiting"])
def company(request: pytest.FixtureRequest, one_story: OneStory, told: Tell) -> Company:
    if request.param == "one story":
        return Company(*one_story(AS_OF), ZoneInfo("UTC"))
    story = tell_of_waiting(Random(11), 500)
    folder = told(story)
    # Clocks go forward and back over midnight there.
    zone = "America/Havana"
    folder.build(
        AS_OF, only="+fct_recycling_candidates +kpi_recycling_uplift +kpi_recycling_economics", reporting_timezone=zone
    )
    return Company(story, folder, ZoneInfo(zone))


def test_candidates_are_who_is_in_a_pool_now(company: Company) -> None:
    now = datetime.fromisoformat(AS_OF)
    expected = {}
    for lead_id, lead in company.leads.items():
        if waiting := company.look(lead_id, now):
            reason = "opted_out" if lead["opted_out"] else waiting.reason
            expected[lead_id] = (
                waiting.pool,
                waiting.cycle_number,
                waiting.entered_pool_at,
                waiting.eligible_on,
                reason,
                waiting.new_act_at,
                draw(lead_id, waiting.cycle_number, waiting.pool),
            )
    columns = "lead_id, pool, cycle_number, entered_pool_at, eligible_on, ineligible_reason, new_act_at, is_holdout"
    found = company.folder.rows(f"select {columns} from marts.fct_recycling_candidates")
    assert {row[0]: row[1:] for row in found} == expected
    assert {row[0] for row in expected.values()} >= {"lost_opportunity", "never_opportunity", "churned_customer"}
    assert {row[4] for row in expected.values()} >= {None, "opted_out", "open_opportunity", "too_early"}


def test_offers_by_spans_are_those_of_a_replay_day_by_day(company: Company) -> None:
    created = defaultdict(list)
    for row in company.read("warehouse.marts.fct_opportunities"):
        created[row["lead_id"]].append(row["created_at"])
    expected = set()
    for lead_id, cycle_number, pool, day in company.first_offers(datetime.fromisoformat(AS_OF)):
        later = [(company.day(moment) - day).days for moment in created[lead_id] if moment > company.midnight(day)]
        is_holdout = draw(lead_id, cycle_number, pool)
        expected.add((lead_id, cycle_number, pool, day, is_holdout, min(later, default=None)))
    columns = "lead_id, cycle_number, pool, offered_on, is_holdout, days_to_opportunity"
    found = company.folder.rows_of_build(f"select {columns} from build.intermediate.int_recycling_offers")
    assert {*found} == expected
    assert len(found) == len(expected) > 20
    assert any(row[4] for row in expected) and any(row[5] is not None for row in expected)


def test_balances_are_who_is_in_a_pool_at_the_end_of_each_month(company: Company) -> None:
    now = datetime.fromisoformat(AS_OF)
    columns = [f"{pool}_balance" for pool in ("never_opportunity", "lost_opportunity")]
    columns += ["unattended_customer_balance", "churned_customer_balance"]
    found = company.folder.rows(
        f"select period_month, segment, {', '.join(columns)} from marts.kpi_recycling_economics"
    )
    for month in {row[0] for row in found}:
        end = company.midnight((month + timedelta(days=31)).replace(day=1)) - MOMENT
        expected: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for lead_id, lead in company.leads.items():
            if waiting := company.look(lead_id, min(end, now)):
                expected["all"][f"{waiting.pool}_balance"] += 1
                expected[lead["segment"]][f"{waiting.pool}_balance"] += 1
        balances = {row[1]: dict(zip(columns, row[2:], strict=True)) for row in found if row[0] == month}
        assert {*expected} - {*balances} <= {"all"}
        assert balances == {
            segment: {column: expected[segment][column] for column in columns} for segment in balances
        }, month
