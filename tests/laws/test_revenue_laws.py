"""Renewals, cohorts and the health of customers, read a second time in plain Python from the same random story.

What they are stands in the marts' descriptions; nothing of dbt is used to work it out here.
"""

import csv
import datetime as dt
import random
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.dbt_runs import DBT_PROJECT, DbtFolder
from tests.laws import stories
from tests.laws.conftest import Tell
from tests.laws.customers import DAY, Customer, customers, renewals, status
from tests.laws.healths import (
    ADOPTION,
    SCORES,
    activities,
    band,
    churned,
    points,
    score,
    signed_islands,
    tickets,
    weighed,
    when,
)

AS_OF = dt.datetime(2026, 2, 10, 13, tzinfo=dt.UTC)
LEADS = 300
MODELS = ("fct_renewals", "kpi_mrr_monthly", "kpi_retention_cohorts", "kpi_health_quality", "kpi_voice")
VOICES = ("survey_answered", "feedback_given", "support_ticket_opened", "support_ticket_solved")


def with_voices(story: stories.Story, dice: random.Random) -> stories.Story:
    """The story in which customers also use the product, answer, and have tickets."""
    for number in range(LEADS):
        for index in range(dice.choice([0, 0, 10, 40])):
            at = stories.FIRST_DAY + dt.timedelta(hours=6 * dice.randrange(4 * stories.DAYS))
            kind = dice.choice(
                ["product_used", "product_used", "product_used", "call", "page_view", *ADOPTION, *VOICES]
            )
            row = {"activity_id": f"v{number}-{index}", "lead_id": f"l{number}", "activity_type": kind}
            row |= {"occurred_at": at.isoformat(), "updated_at": at.isoformat()}
            row |= {"actor_id": dice.choice(["", "", "rep13"]) if kind in ("call", "support_ticket_solved") else ""}
            if kind in ("survey_answered", "feedback_given"):
                row["details"] = f'{{"score": {dice.choice(list(SCORES))}}}'
            elif "ticket" in kind and dice.random() < 0.5:
                row["details"] = f'{{"ticket_id": "{number}-{dice.randrange(3)}"}}'
            story["activities"].append(row)
    return story


def with_terms(story: stories.Story, dice: random.Random) -> stories.Story:
    """The story in which contracts also have owners, end together, are cancelled midway, and are amended."""
    for row in [one for one in story["contracts"] if one["ends_on"]]:
        row["owner_id"] = dice.choice(["", "rep13", "rep14"])
        starts_on, ends_on = (dt.date.fromisoformat(row[name]) for name in ("starts_on", "ends_on"))
        middle = starts_on + (ends_on - starts_on) // 2
        shift = DAY * dice.choice([-31, -30, -1, 0, 1, 30, 31])
        beside = {**row, "contract_id": f"{row['contract_id']}-b", "starts_on": middle.isoformat(), "cancelled_on": ""}
        kind = dice.choice(["alone", "alone", "beside", "amended", "renewed"])
        if kind == "beside":
            story["contracts"].append({**beside, "renews_contract_id": dice.choice(["", row["contract_id"]])})
        elif kind != "alone":
            row["cancelled_on"] = middle.isoformat()
            end = ends_on + (-DAY * dice.choice([0, 3]) if kind == "amended" else DAY * dice.choice([1, 90]))
            named = {"renews_contract_id": row["contract_id"], "ends_on": end.isoformat()}
            story["contracts"].append({**beside, **named, "starts_on": (middle + shift).isoformat()})
    return story


@pytest.fixture(scope="module")
def company(told: Tell) -> tuple[stories.Story, DbtFolder, dict[str, Customer]]:
    story = with_terms(with_voices(stories.tell(23, LEADS), random.Random(29)), random.Random(31))
    folder = told(story)
    folder.build(AS_OF.isoformat(), only=" ".join(f"+{model}" for model in MODELS))
    return story, folder, customers(story, AS_OF)


def test_renewals_are_what_contracts_say_one_by_one(
    company: tuple[stories.Story, DbtFolder, dict[str, Customer]],
) -> None:
    _, folder, known = company
    owners = dict(folder.rows("select lead_id, owner_id from marts.dim_leads"))
    expected = {}
    for customer in known.values():
        for date, terms, followers in renewals(customer):
            end = max(one.until for one in terms)
            old, new = sum(one.mrr for one in terms), sum(one.mrr for one in followers)
            first = followers[0] if followers else None
            named, late = status(end, terms, first, AS_OF.date())
            expected[customer.customer_id, date] = (
                date <= AS_OF.date(),
                len(terms),
                old,
                named,
                first.contract_id if first else None,
                first.starts_on if first else None,
                late,
                new if first else None,
                min(old, new),
                max(new - old, 0),
                customer.lead_id,
                customer.owner(date, owners.get(customer.lead_id or "")),
            )
    found = folder.rows(
        "select customer_id, due_date, is_due, terms, old_mrr, status, successor_contract_id, renewed_on, days_late, "
        "new_mrr, renewed_mrr, uplift_mrr, lead_id, owner_id from marts.fct_renewals"
    )
    assert {row[:2]: row[2:] for row in found} == expected
    assert {row[5] for row in found} == {"renewed", "late", "upcoming", "overdue", "churned"}
    assert max(row[3] for row in found) > 1


def month_starts(first: dt.date) -> Iterator[dt.date]:
    month = first.replace(day=1)
    while month <= AS_OF.date():
        yield month
        month = (month + 31 * DAY).replace(day=1)


def test_cohorts_keep_what_their_customers_pay_month_by_month(
    company: tuple[stories.Story, DbtFolder, dict[str, Customer]],
) -> None:
    _, folder, known = company
    cohorts: dict[tuple[dt.date, int], list[tuple[Decimal, Decimal]]] = defaultdict(list)
    for customer in known.values():
        days = [one.starts_on for one in customer.covering if one.starts_on <= AS_OF.date()]
        first = next((day for day in sorted({*days}) if customer.mrr(day)), None)
        if first is None:
            continue
        months = list(month_starts(first))
        for age, end in enumerate(months[1:]):
            cohorts[months[0], age].append((customer.mrr(first), customer.mrr(end - DAY)))
    found = folder.rows(
        "select cohort_month, age_months, customers, retained, first_mrr, mrr, kept_mrr "
        "from marts.kpi_retention_cohorts"
    )
    assert {row[:2]: row[2:] for row in found} == {
        key: (
            len(pairs),
            sum(now > 0 for _, now in pairs),
            sum(first for first, _ in pairs),
            sum(now for _, now in pairs),
            sum(min(pair) for pair in pairs),
        )
        for key, pairs in cohorts.items()
    }
    monthly = dict(folder.rows("select period_month, closing_mrr from marts.kpi_mrr_monthly"))
    assert monthly[dt.date(2025, 12, 1)] == sum(one.mrr(dt.date(2025, 12, 31)) for one in known.values())


def test_health_is_what_customers_did_and_signed_by_then(
    company: tuple[stories.Story, DbtFolder, dict[str, Customer]],
) -> None:
    story, folder, known = company
    done = activities(story, AS_OF)
    of_leads = tickets(done)
    with (DBT_PROJECT / "seeds" / "process" / "activity_types.csv").open(encoding="utf-8", newline="") as file:
        buyer_acts = {row["activity_type"] for row in csv.DictReader(file) if row["is_buyer_act"] == "true"}
    moves: dict[str, list[tuple[dt.datetime, str]]] = defaultdict(list)
    for lead_id, to_stage, entered_at in folder.rows(
        "select lead_id, to_stage, entered_at from marts.fct_stage_transitions order by lead_id, transition_number"
    ):
        moves[lead_id].append((entered_at, to_stage))
    first = min(one.starts_on for customer in known.values() for one in customer.covering)
    instants = [(dt.datetime.combine(month, dt.time(), dt.UTC), month - DAY) for month in month_starts(first)]
    expected: dict[tuple[str, dt.datetime], Any] = {}
    for at, day in [*instants, (AS_OF, AS_OF.date())]:
        for customer in known.values():
            if not customer.mrr(day):
                continue
            lead = customer.lead_id or ""
            rows = done.get(lead, [])
            values = points(customer, at, day, rows, of_leads.get(lead, []), buyer_acts)
            whole, coverage = weighed(values)
            stays = [move for move in moves[lead] if move[0] <= at]
            cared = [when(row) for row in rows if row.get("actor_id") and when(row) <= at] + [
                move[0] for move in stays[-1:]
            ]
            ends = [one for other in known.values() if other.lead_id == lead for one in other.contracts]
            is_customer = any(
                min(dt.datetime.combine(begins, dt.time(), dt.UTC), signed) <= at
                and (at < dt.datetime.combine(until, dt.time(), dt.UTC) or is_overdue)
                for begins, until, is_overdue, signed in signed_islands(lead, ends, AS_OF.date())
            )
            expected[customer.customer_id, at] = (
                *(None if value is None else round(value, 6) for value in values),
                None if whole is None else round(whole, 6),
                round(coverage, 6),
                band(whole),
                customer.mrr(day),
                bool(stays)
                and is_customer
                and stays[-1][1] != "disqualified"
                and (at.date() - max(cared).date()).days >= 90,
                churned(customer, at, day),
            )
    names = ("onboarding", "usage", "recency", "voice", "contract")
    rounded = ", ".join(f"round({name}_points, 6)" for name in names)
    found = folder.rows(
        f"select customer_id, scored_at, {rounded}, round(health_score, 6), round(coverage, 6), health_band, mrr, "
        "is_unattended, has_churned_within_90_days from marts.fct_customer_health"
    )
    assert {row[:2] for row in found} == {*expected}
    differing = {row[:2]: (row[2:], expected[row[:2]]) for row in found if row[2:] != expected[row[:2]]}
    assert not differing, (len(differing), len(expected), dict([*differing.items()][:5]))
    for place, name in enumerate(names, start=2):
        assert len({row[place] for row in found}) > 3, name
    assert {row[9] for row in found} >= {"healthy", "watch", "critical"}
    assert {row[11] for row in found} == {True, False} and {row[12] for row in found} == {True, False, None}


def test_the_area_under_the_curve_is_the_share_of_pairs_in_order(
    company: tuple[stories.Story, DbtFolder, dict[str, Customer]],
) -> None:
    _, folder, _ = company
    rows = folder.rows(
        "select scored_at::date, health_score, has_churned_within_90_days from marts.fct_customer_health "
        "where day(scored_at) = 1 and hour(scored_at) = 0 and has_churned_within_90_days is not null "
        "and health_score is not null"
    )
    found = dict(
        folder.rows("select scored_month, round(any_value(roc_auc), 9) from marts.kpi_health_quality group by 1")
    )
    assert len(found) > 6
    for month, area in found.items():
        months = {(month - place * 31 * DAY + 15 * DAY).replace(day=1) for place in range(12)}
        window = [(value, left) for scored_on, value, left in rows if scored_on in months]
        pairs = [(gone, kept) for gone, left in window if left for kept, stays in window if not stays]
        points_won = sum(2 * (gone < kept) + (gone == kept) for gone, kept in pairs)
        assert area == (round(points_won / (2 * len(pairs)), 9) if pairs else None), month


def test_voices_are_those_of_the_story(company: tuple[stories.Story, DbtFolder, dict[str, Customer]]) -> None:
    story, folder, _ = company
    segments = dict(folder.rows("select lead_id, segment from marts.dim_leads"))
    done = {lead: rows for lead, rows in activities(story, AS_OF).items() if lead in segments}
    answers: dict[tuple[Any, ...], list[float | None]] = defaultdict(list)
    for lead, rows in done.items():
        for row in rows:
            if row["activity_type"] in VOICES[:3]:
                answers[when(row).date().replace(day=1), row["activity_type"], segments[lead]].append(score(row))
    found = {
        row[:3]: row[3:]
        for row in folder.rows(
            "select period_month, activity_type, segment, answers, round(score_mean, 9), promoters, detractors, "
            "open_tickets from marts.kpi_voice"
        )
    }
    assert {key for key, row in found.items() if row[0]} == {*answers}
    for key, values in answers.items():
        scores = [value for value in values if value is not None]
        mean = round(sum(scores) / len(scores), 9) if scores else None
        told = (len(values), mean, sum(value >= 9 for value in scores), sum(value <= 6 for value in scores))
        assert found[key][:4] == told, key
    of_leads = tickets(done)
    for (month, kind, segment), row in found.items():
        end = min(
            dt.datetime.combine((month + 31 * DAY).replace(day=1), dt.time(), dt.UTC), AS_OF + dt.timedelta(seconds=1)
        )
        still = sum(
            opened < end and (solved is None or solved >= end)
            for lead, rows in of_leads.items()
            if segments[lead] == segment
            for opened, solved in rows
        )
        assert row[4] == (still if kind == "support_ticket_opened" else None), (month, kind, segment)
