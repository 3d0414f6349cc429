"""Few customers never make or break a month: revenue of every company size stays within what a reader believes."""

import datetime as dt
from collections import defaultdict
from pathlib import Path

import pytest

from ingest.simulate import simulate
from ingest.simulate.clock import END_DATE
from ingest.simulate.reps import Rep
from ingest.simulate.vocabulary import UNITS_PER_DOLLAR
from tests.simulate.strict_reader import Row, read_back

FOREVER = "9999-12-31"


def revenue_on(day: str, contracts: list[Row]) -> dict[str, float]:
    """Dollars a month of each customer; a gap of a month is bridged, as a late renewal is."""
    paid = defaultdict(float)
    for row in contracts:
        until = dt.date.fromisoformat(min(row.get("ends_on", FOREVER), row.get("cancelled_on", FOREVER)))
        ran_out = "ends_on" in row and "cancelled_on" not in row
        last = (until + dt.timedelta(days=30)).isoformat() if ran_out else until.isoformat()
        if row["starts_on"] <= day <= last:
            dollars = float(row["mrr"]) / UNITS_PER_DOLLAR.get(row.get("currency", ""), 1.0)
            paid[row["customer_id"]] = max(paid[row["customer_id"]], dollars)
    return paid


@pytest.mark.parametrize(("leads", "seed"), [(200, 1), (200, 2), (600, 3), (2_000, 4)])
def test_no_month_loses_a_tenth_of_its_revenue(tmp_path: Path, reps: list[Rep], leads: int, seed: int) -> None:
    landed = read_back(tmp_path, simulate(leads, tmp_path, seed=seed, reps=reps))
    firsts = [row for row in landed.contracts if "updated_at" not in row]
    ends = [dt.date(2024 + month // 12, month % 12 + 1, 1) - dt.timedelta(days=1) for month in range(8, 31)]
    before = revenue_on(ends[0].isoformat(), firsts)
    for end in [day for day in ends[1:] if day < END_DATE]:
        after = revenue_on(end.isoformat(), firsts)
        if len(before) >= 20:
            kept = sum(after.get(customer, 0) for customer, paid in before.items() if paid > 0) / sum(before.values())
            assert 0.9 < kept < 1.2, end
        before = after


def test_a_renewal_keeps_its_currency_but_for_a_few(tmp_path: Path, reps: list[Rep]) -> None:
    landed = read_back(tmp_path, simulate(2_000, tmp_path, seed=4, reps=reps))
    contracts = landed.current("contracts")
    pairs = [(row, contracts.get(row.get("renews_contract_id", ""))) for row in contracts.values()]
    changed = [(row, former) for row, former in pairs if former and row.get("currency") != former.get("currency")]
    renewed = [row for row, former in pairs if former]
    assert 0 < len(changed) < len(renewed) / 20
    for row, former in changed:
        worth = [float(one["mrr"]) / UNITS_PER_DOLLAR.get(one.get("currency", ""), 1.0) for one in (row, former)]
        assert worth[0] == pytest.approx(worth[1], rel=0.1)


def test_a_win_is_twelve_months_of_its_contract(tmp_path: Path, reps: list[Rep]) -> None:
    landed = read_back(tmp_path, simulate(2_000, tmp_path, seed=4, reps=reps))
    won = {row["opportunity_id"]: float(row["amount"]) for row in landed.of_type("opportunity_won")}
    signed = [
        (float(row["mrr"]) * 12, won[row["opportunity_id"]])
        for row in landed.contracts
        if row.get("opportunity_id") in won and float(row["mrr"]) > 0 and "updated_at" not in row
    ]
    assert len(signed) > 100
    exact = sum(year == pytest.approx(amount) for year, amount in signed)
    assert exact > 0.97 * len(signed)
