"""Pay: what plain Python reckons from the row, to the cent; stated once a month closes, and never rewritten."""

import csv
import stat
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, localcontext
from pathlib import Path
from typing import Any

import duckdb

from tests.conftest import Workplace
from tests.nights.nights import Nights

CENT = Decimal("0.01")
LEAD = "lead_id,created_at,owner_id,employee_count\nL1,2026-03-02,rep11,5000\n"
WON = """activity_id,lead_id,activity_type,occurred_at,updated_at,opportunity_id,amount,actor_id
A1,L1,opportunity_created,2026-03-03,2026-03-03,O1,{amount},rep11
A2,L1,opportunity_won,2026-03-20,{updated},O1,{amount},rep11
"""


def pay_file(workplace: Workplace) -> Path:
    """The link that those open who may read pay."""
    return workplace.data / "published" / "revloop_pay.duckdb"


def dictionaries(file: Path, query: str) -> list[dict[str, Any]]:
    """What a query returns, each row by the names of its columns."""
    with duckdb.connect(str(file), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        found = connection.execute(query)
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def seed_rows(workplace: Workplace, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(workplace.seed(name).read_text(encoding="utf-8").splitlines()))


def month_after(month: str) -> str:
    """The first day of the next month."""
    year, number = int(month[:4]), int(month[5:7])
    return f"{year + number // 12}-{number % 12 + 1:02}-01"


def in_cents(units: Decimal, cap: Decimal | None, full_pay: Decimal) -> Decimal:
    """What so many units of full pay come to."""
    with localcontext(prec=80):
        return (min(units, units if cap is None else cap) * full_pay).quantize(CENT, ROUND_HALF_UP)


def in_units(attainment: Decimal, tiers: Sequence[dict[str, str]]) -> Decimal:
    """What a plan makes of an attainment, before the cap."""
    if tiers[0]["threshold"] and attainment < Decimal(tiers[0]["threshold"]):
        return Decimal(0)
    rates = sorted(
        (Decimal(tier["accelerator_from"]), Decimal(tier["accelerator_rate"]))
        for tier in tiers
        if tier["accelerator_from"]
    )
    if tiers[0]["tiering"] == "retroactive":
        reached = [rate for begins, rate in rates if attainment >= begins]
        return attainment * (reached[-1] if reached else 1)
    units, paid_up_to, rate = Decimal(0), Decimal(0), Decimal(1)
    for begins, next_rate in rates:
        if attainment > begins:
            units += (begins - paid_up_to) * rate
            paid_up_to, rate = begins, next_rate
    return units + (attainment - paid_up_to) * rate


def test_the_payout_of_every_rep_of_a_year_is_what_plain_python_reckons_from_its_row(usual_company: Workplace) -> None:
    rows = dictionaries(
        pay_file(usual_company),
        "select * from marts.fct_pay_statements where period_month >= date '2025-06-01' order by all",
    )
    assert {row["period_month"] for row in rows} == {
        date(2025 + number // 12, number % 12 + 1, 1) for number in range(5, 17)
    }
    assert len({row["rep_id"] for row in rows}) > 10
    for row in rows:
        assert row["amount"] == row["payout_to_date"] == in_cents(row["units"], row["cap"], row["full_pay"]), row
        assert row["arithmetic"].endswith(f" = {row['amount']}"), row
    # No kind of case is missing.
    assert any(row["amount"] == 0 for row in rows)
    assert any(row["cap"] and row["units"] > row["cap"] for row in rows)
    assert any(row["arithmetic"].count(" x ") == 3 for row in rows)


def test_units_are_what_the_plan_makes_of_the_attainment_that_is_published(usual_company: Workplace) -> None:
    plans, reps = seed_rows(usual_company, "compensation_plans"), seed_rows(usual_company, "reps")
    own_targets = {
        (row["period_month"], row["scope_id"], row["kpi"])
        for row in seed_rows(usual_company, "targets")
        if row["scope"] == "rep" and row["target"]
    }
    published = {
        (str(row["period_month"]), row["rep_id"], row["kpi"]): row["attainment"]
        for row in dictionaries(
            usual_company.published,
            "select period_month, rep_id, kpi, attainment from marts.kpi_reps "
            "union all select period_month, 'department', kpi, attainment from marts.kpi_departments",
        )
    }
    rows = dictionaries(pay_file(usual_company), "select * from marts.kpi_compensation order by all")
    expected = set()
    for row in rows:
        month, _, kpi = key = (str(row["period_month"]), row["rep_id"], row["kpi"])
        tiers = [plan for plan in plans if (plan["team"], plan["kpi"]) == (row["team"], kpi)]
        attainment = published.get(key if key in own_targets else (month, "department", kpi))
        assert row["attainment"] == attainment, row
        assert row["full_pay"] == Decimal(tiers[0]["variable_pay"]) * Decimal(tiers[0]["weight"]), row
        if attainment is None:
            assert (row["units"], row["payout"]) == (None, None), row
        else:
            units = in_units(Decimal(repr(attainment)), tiers)
            assert (row["units"], row["payout"]) == (units, in_cents(units, row["cap"], row["full_pay"])), row
    for month in sorted({str(row["period_month"]) for row in rows}):
        roles = sorted(
            (rep["started_on"], rep["rep_id"], rep["team"])
            for rep in reps
            if rep["started_on"] < month_after(month) and (not rep["ended_on"] or rep["ended_on"] > month)
        )
        teams = {rep_id: team for _, rep_id, team in roles}
        expected |= {
            (month, rep_id, plan["kpi"]) for rep_id, team in teams.items() for plan in plans if plan["team"] == team
        }
    assert {(str(row["period_month"]), row["rep_id"], row["kpi"]) for row in rows} == expected


def test_a_correction_three_months_late_leaves_the_paid_month_and_is_an_adjustment_of_the_next_one(
    nights: Nights,
) -> None:
    workplace = nights.workplace
    statements = "select * from marts.fct_pay_statements order by all"

    def stated() -> list[dict[str, Any]]:
        return dictionaries(pay_file(workplace), statements)

    def of_rep11(rows: list[dict[str, Any]], period: date) -> list[tuple]:
        return [
            (str(row["statement_month"]), row["statement_kind"], row["amount"], row["payout_to_date"])
            for row in rows
            if (row["rep_id"], row["kpi"], row["period_month"]) == ("rep11", "won_amount", period)
        ]

    march = date(2026, 3, 1)
    workplace.land("leads/1.csv", LEAD)
    workplace.land("activities/1.csv", WON.format(amount=85000, updated="2026-03-20"))
    nights.run(datetime(2026, 6, 5, tzinfo=UTC))
    known_at = nights.known_at()
    first = stated()
    # The whole target: 100 % at 1.5, of 6,000.
    assert of_rep11(first, march) == [("2026-03-01", "payout", Decimal(9000), Decimal(9000))]
    assert {row["statement_kind"] for row in first} == {"payout"}
    assert max(row["statement_month"] for row in first) == date(2026, 5, 1)
    assert stat.S_IMODE(pay_file(workplace).stat().st_mode) == 0o600

    # A night that fails after it has reckoned states nothing.
    workplace.land("activities/2.csv", WON.format(amount=110500, updated="2026-07-01"))
    nights.run(datetime(2026, 7, 5, tzinfo=UTC), dies_after="transform")
    assert stated() == first

    nights.run(datetime(2026, 7, 5, tzinfo=UTC))
    second = stated()
    assert [row for row in second if row["refresh_id"] == first[0]["refresh_id"]] == first
    assert of_rep11(second, march) == [
        ("2026-03-01", "payout", Decimal(9000), Decimal(9000)),
        ("2026-06-01", "adjustment", Decimal(6600), Decimal(15600)),
    ]
    added = [row for row in second if row not in first]
    assert {(str(row["statement_month"]), row["refresh_id"]) for row in added} == {
        ("2026-06-01", added[0]["refresh_id"])
    }
    assert of_rep11(added, date(2026, 6, 1)) == [("2026-06-01", "payout", Decimal(0), Decimal(0))]

    # Who looks back sees what was stated by then, and takes nothing from what is.
    nights.run(datetime(2026, 6, 5, tzinfo=UTC), known_at=known_at)
    assert stated() == first
    nights.run(datetime(2026, 7, 6, tzinfo=UTC))
    assert stated() == second
