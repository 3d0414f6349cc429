"""What departments and people came to, counted a second time, case by case in plain Python, from the same story.

The facts (leads, transitions, opportunities, movements, renewals) are read from the marts, which have laws of their
own; what a kpi counts stands in macros/kpis.sql, and none of its SQL is used here.
"""

import csv
import statistics
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.dbt_runs import DBT_PROJECT, DbtFolder
from tests.laws import stories
from tests.laws.conftest import OneStory

Case = tuple[date, str, float, float, bool | None]  # month, kpi, part, whole, whether it went on (None: not asked)
Credit = tuple[str, Case]
Span = tuple[timedelta, bool]  # how long, and whether it has ended

VOLUMES = {"inbound_leads", "mqls", "recycled_leads", "won_deals", "won_amount"}
VOLUMES |= {"opportunities_created", "opportunities_created_inbound", "opportunities_created_outbound"}
NEXT_STAGE_DAYS = {"inbound_leads": 90, "mqls": 90, "won_deals": 365}
NEXT_STAGE_DAYS |= {kpi: 180 for kpi in VOLUMES if kpi.startswith("opportunities_created")}
BOUGHT = {"cost_per_lead": "inbound_leads", "cost_per_opportunity": "opportunities_created_inbound"}
UNITS = {"onboarding_days_median": timedelta(days=1), "response_hours_median": timedelta(hours=1)}
RATES = {"sla_compliance", "win_rate", "no_decision_rate", "logo_churn_rate", "grr", "nrr", "renewal_rate"}
KPIS = VOLUMES | RATES | {*BOUGHT, *UNITS, "sales_cycle_days_median"}
NOBODY = "unassigned"


def seed(path: str) -> list[dict[str, str]]:
    with (DBT_PROJECT / "seeds" / path).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def local(instant: datetime) -> date:
    return instant.astimezone(UTC).date()


def month_of(day: date) -> date:
    return day.replace(day=1)


def month_end(month: date) -> date:
    return month_of(month + timedelta(days=31)) - timedelta(days=1)


class Company:
    """The facts of a build, as dictionaries."""

    def __init__(self, folder: DbtFolder, as_of: datetime) -> None:
        self.folder = folder
        self.as_of = as_of
        self.leads = self.read("dim_leads")
        self.transitions = self.read("fct_stage_transitions")
        self.milestones = self.read("fct_stage_milestones")
        self.opportunities = self.read("fct_opportunities")
        self.renewals = self.read("fct_renewals")
        self.movements = self.read("fct_mrr_movements order by movement_date")

    def read(self, mart: str, schema: str = "warehouse.marts") -> list[dict[str, Any]]:
        packed = self.folder.rows_of_build(f"select facts from (select * from {schema}.{mart}) as facts")
        return [row for (row,) in packed]

    def mrr_on(self, customer_id: str, day: date) -> float:
        """The customer's MRR at the end of the day."""
        past = [row for row in self.movements if row["customer_id"] == customer_id and row["movement_date"] <= day]
        return float(past[-1]["closing_mrr"]) if past else 0.0


def lead_cases(company: Company) -> Iterator[Case]:
    created = defaultdict(list)
    for row in company.opportunities:
        created[row["lead_id"]].append((local(row["created_at"]), row["cycle_number"]))
    for row in company.leads:
        if row["motion"] == "inbound":
            day = local(row["captured_at"])
            went_on = any((other - day).days < 90 for other, _ in created[row["lead_id"]])
            yield month_of(day), "inbound_leads", 1, 0, went_on
    for row in company.milestones:
        if row["stage"] == "mql" and not row["was_skipped"]:
            day = local(row["reached_at"])
            cycle = row["cycle_number"]
            went_on = any(cycle == of and (other - day).days < 90 for other, of in created[row["lead_id"]])
            yield month_of(day), "mqls", 1, 0, went_on
    limits = {row["stage"]: row for row in seed("process/stages.csv") if row["stay"] == "sla"}
    for row in company.transitions:
        if row["direction"] == "reentry":
            yield month_of(local(row["entered_at"])), "recycled_leads", 1, 0, None
        limit = limits.get(row["to_stage"])
        if limit and limit["department"] == "inside_sales":
            due = row["entered_at"] + timedelta(hours=float(limit["sla_hours"]))
            if due <= company.as_of:
                was_kept = row["exited_at"] is not None and row["exited_at"] <= due
                yield month_of(local(due)), "sla_compliance", was_kept, 1, None


def opportunity_credits(company: Company) -> Iterator[Credit]:
    contracts = sorted(
        company.read("int_contracts_attached", "build.intermediate"),
        key=lambda row: (row["signed_at"], row["contract_id"]),
    )
    for row in company.opportunities:
        day = local(row["created_at"])
        is_excluded_loss = row["status"] == "lost" and row["is_excluded"]
        went_on = None if is_excluded_loss else row["status"] == "won" and (local(row["closed_at"]) - day).days < 180
        for kpi in ["opportunities_created"] + [f"opportunities_created_{row['motion']}"] * bool(row["motion"]):
            yield row["created_by"] or NOBODY, (month_of(day), kpi, 1, 0, went_on)
        if row["status"] == "open":
            continue
        owner, month = row["owner_id"] or NOBODY, month_of(local(row["closed_at"]))
        is_won = row["status"] == "won"
        if is_won:
            naming = [one["customer_id"] for one in contracts if one["opportunity_id"] == row["opportunity_id"]]
            others = [one["customer_id"] for one in contracts if one["lead_id"] == row["lead_id"]]
            a_year_later = local(row["closed_at"]) + timedelta(days=365)
            was_kept = any(company.mrr_on(customer, a_year_later) > 0 for customer in naming[:1] or others)
            yield owner, (month, "won_deals", 1, 0, was_kept)
            yield owner, (month, "won_amount", float(row["amount_at_close"] or 0), 0, None)
        if not row["is_excluded"]:
            yield owner, (month, "win_rate", is_won, 1, None)
            yield owner, (month, "no_decision_rate", row["is_no_decision"], 1, None)


def customer_credits(company: Company, story: stories.Story, months: Iterable[date]) -> Iterator[Credit]:
    owners = {row["lead_id"]: row["owner_id"] for row in company.leads}
    of_lead = {
        row["customer_id"]: owners.get(row["lead_id"])
        for row in company.read("int_contracts_attached", "build.intermediate")
    }
    signed = sorted(
        (datetime.fromisoformat(row["signed_at"]), row["contract_id"], row["customer_id"], row.get("owner_id"))
        for row in stories.current_rows(story, "contracts", "contract_id").values()
        if row.get("is_deleted") != "true"
    )

    def owner_on(customer_id: str, day: date) -> str:
        named = [who for at, _, customer, who in signed if customer == customer_id and who and local(at) <= day]
        return (named or [of_lead[customer_id]])[-1] or NOBODY

    for row in company.renewals:
        if row["is_due"]:
            parts = float(row["renewed_mrr"]), float(row["old_mrr"])
            yield owner_on(row["customer_id"], row["due_date"]), (row["due_month"], "renewal_rate", *parts, None)
    for month in months:
        closes_on = min(month_end(month), local(company.as_of))
        for customer_id in {row["customer_id"] for row in company.movements}:
            before = company.mrr_on(customer_id, month - timedelta(days=1))
            after = company.mrr_on(customer_id, closes_on)
            if before:
                owner = owner_on(customer_id, closes_on)
                yield owner, (month, "logo_churn_rate", after == 0, 1, None)
                yield owner, (month, "grr", min(before, after), before, None)
                yield owner, (month, "nrr", after, before, None)


def kaplan_meier(spans: list[Span], unit: timedelta) -> float | None:
    """The smallest time at which at most half survives; what is open at a time ends after it."""
    survivors = 1.0
    for time in sorted({length for length, has_ended in spans if has_ended}):
        at_risk = sum(length >= time for length, _ in spans)
        survivors *= 1 - spans.count((time, True)) / at_risk
        if survivors <= 0.5 + 1e-9:
            return time / unit
    return None


def median_spans(company: Company) -> dict[tuple[date, str], list[Span]]:
    found = defaultdict(list)
    adopted = {
        (row["lead_id"], row["cycle_number"]): row["reached_at"]
        for row in company.milestones
        if row["stage"] == "adopted"
    }
    for row in company.milestones:
        if row["stage"] == "onboarding" and not row["was_skipped"]:
            end = adopted.get((row["lead_id"], row["cycle_number"]))
            key = month_of(local(row["reached_at"])), "onboarding_days_median"
            found[key].append(((end or company.as_of) - row["reached_at"], end is not None))
    acts = defaultdict(list)
    for row in company.read("int_activity_stays", "build.intermediate"):
        if row["actor_id"]:
            acts[row["lead_id"]].append((row["occurred_at"], row["activity_id"]))
    for row in company.transitions:
        if row["to_stage"] == "mql":
            mine = sorted(acts[row["lead_id"]])
            later = mine[bisect_right(mine, (row["entered_at"], row["source_id"])) :]
            ends = [end for end in (row["exited_at"], *(at for at, _ in later[:1])) if end]
            key = month_of(local(row["entered_at"])), "response_hours_median"
            found[key].append((min(ends, default=company.as_of) - row["entered_at"], bool(ends)))
    return found


def figure(kpi: str, cases: list[Case]) -> float | None:
    """What the cases of a count, an amount or a rate come to."""
    part, whole = sum(case[2] for case in cases), sum(case[3] for case in cases)
    if kpi in VOLUMES:
        return part
    return part / whole if whole else None


def cost(month: date, bought: int) -> float | None:
    """The month's spend on all but outbound sources for each thing that was bought."""
    outbound = {row["lead_source"] for row in seed("market/lead_sources.csv") if row["motion"] == "outbound"}
    spend = [
        float(row["amount"])
        for row in seed("money/campaign_spend.csv")
        if row["period_month"] == month.isoformat() and row["lead_source"] not in outbound
    ]
    return sum(spend) / bought if spend and bought else None


def days_to_win(company: Company) -> dict[tuple[date, str | None], list[float]]:
    """Of the wins of a month how long they took, by who won them and (None) all together."""
    found = defaultdict(list)
    for row in company.opportunities:
        if row["status"] == "won":
            for who in (None, row["owner_id"] or NOBODY):
                days = (row["closed_at"] - row["created_at"]) / timedelta(days=1)
                found[month_of(local(row["closed_at"])), who].append(days)
    return found


@pytest.mark.parametrize("as_of", ["2025-09-30T12:00:00+00:00", "2026-03-31T16:30:00+00:00"])
def test_departments_and_people_came_to_what_their_cases_say_one_by_one(one_story: OneStory, as_of: str) -> None:
    story, folder = one_story(as_of)
    company = Company(folder, datetime.fromisoformat(as_of))
    first = min(*(local(row["captured_at"]) for row in company.leads), company.movements[0]["movement_date"])
    months = [month_of(first)]
    while months[-1] < month_of(local(company.as_of)):
        months.append(month_end(months[-1]) + timedelta(days=1))

    counted: dict[tuple[date, str], list[Case]] = defaultdict(list)
    credited: dict[tuple[date, str, str], list[Case]] = defaultdict(list)
    for case in lead_cases(company):
        counted[case[0], case[1]].append(case)
    for who, case in [*opportunity_credits(company), *customer_credits(company, story, months)]:
        counted[case[0], case[1]].append(case)
        credited[case[0], who, case[1]].append(case)
    figures = {(month, kpi): figure(kpi, counted[month, kpi]) for month in months for kpi in KPIS}
    for (month, kpi), spans in median_spans(company).items():
        figures[month, kpi] = kaplan_meier(spans, UNITS[kpi])
    cycles = days_to_win(company)
    for month in months:
        figures[month, "sales_cycle_days_median"] = (
            statistics.median(cycles[month, None]) if cycles[month, None] else None
        )
        for kpi, bought in BOUGHT.items():
            figures[month, kpi] = cost(month, len(counted[month, bought]))

    rows = [row for row in company.read("kpi_departments") if row["period_month"] in months]
    assert {(row["period_month"], row["kpi"]): row["actual"] for row in rows} == pytest.approx(figures)
    for row in rows:
        month, kpi = row["period_month"], row["kpi"]
        is_mature = month_end(month) + timedelta(days=NEXT_STAGE_DAYS.get(kpi, 9999)) <= local(company.as_of)
        asked = [case[4] for case in counted[month, kpi] if case[4] is not None]
        cohort = (len(asked), sum(asked)) if is_mature else (None, None)
        assert (row["next_stage_base"], row["next_stage_count"]) == cohort, (month, kpi)

    people = {(row["period_month"], row["rep_id"], row["kpi"]): row["actual"] for row in company.read("kpi_reps")}
    for (month, who, kpi), cases in credited.items():
        assert people[month, who, kpi] == pytest.approx(figure(kpi, cases)), (month, who, kpi)
    for (month, who), days in cycles.items():
        assert not who or people[month, who, "sales_cycle_days_median"] == pytest.approx(statistics.median(days))
    assert {"rep03", NOBODY} < {who for _, who, _ in credited}
    assert any(row["next_stage_count"] for row in rows)
