"""Customers whose movements, retention and renewals are known by hand: hard cases of contracts, from feed to mart."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from tests.dbt_runs import DbtFolder
from tests.laws import stories
from tests.laws.conftest import Tell

MARTS = "+kpi_mrr_monthly +fct_renewals +kpi_retention_cohorts"
COLUMNS = ("contract_id", "customer_id", "starts_on", "ends_on", "mrr", "signed_at", "renews_contract_id", "currency")


def signed(*contracts: Sequence[str]) -> stories.Story:
    """A story of contracts alone: id, customer, first and last day, price; then signature, whom it renews, currency."""
    rows = [dict(zip(COLUMNS, (*one, *[""] * (len(COLUMNS) - len(one))), strict=True)) for one in contracts]
    for row in rows:
        row["signed_at"] = f"{row['signed_at'] or row['starts_on']}T09:00:00Z"
    return {"leads": [], "activities": [], "contracts": rows}


# From January's close to February's A's 100 become 130, B's 80, C's 0, D's 60 + 40 become 60, E's 0, then 50,
# and F is new.
BOOK = signed(
    ("a1", "A", "2024-02-01", "2025-01-31", "100"),
    ("a2", "A", "2025-02-01", "", "130"),
    ("b1", "B", "2024-06-01", "2025-02-09", "100"),
    ("b2", "B", "2025-02-10", "", "80"),
    ("c1", "C", "2024-06-01", "2025-02-09", "100"),
    ("d1", "D", "2024-06-01", "", "60"),
    ("d2", "D", "2024-06-01", "2025-02-09", "40"),
    ("e1", "E", "2024-06-01", "2025-02-09", "100"),
    ("e2", "E", "2025-02-20", "", "50"),
    ("f1", "F", "2025-02-28", "", "70"),
)

READINGS = """
select
    round(months.nrr, 2) as nrr,
    round(months.grr, 2) as grr,
    round(1 - months.logo_churn_rate, 2) as logo_retention,
    round((months.opening_mrr + months.contraction_mrr + months.churn_mrr) / months.opening_mrr, 2) as moved_grr,
    round(
        (months.opening_mrr + months.contraction_mrr + months.churn_mrr + months.expansion_mrr) / months.opening_mrr, 2
    ) as moved_nrr,
    round(
        (
            months.opening_mrr + months.contraction_mrr + months.churn_mrr + months.expansion_mrr
            + months.reactivation_mrr
        ) / months.opening_mrr,
        2
    ) as moved_nrr_with_returns,
    round(
        (
            select count(*) from marts.fct_mrr_movements
            where movement_type = 'churn' and date_trunc('month', movement_date) = months.period_month
        ) / months.opening_customers,
        2
    ) as churn_events
from marts.kpi_mrr_monthly as months
where months.period_month = '2025-02-01'
"""


def movements(folder: DbtFolder, customer_id: str) -> list[tuple[str, str, Decimal]]:
    """Day, type and amount of the customer's movements."""
    return [
        (str(day), kind, amount)
        for day, kind, amount in folder.rows(
            "select movement_date, movement_type, amount from marts.fct_mrr_movements "
            f"where customer_id = '{customer_id}' order by 1"
        )
    ]


def test_the_four_readings_of_retention_come_out_and_the_point_to_point_one_is_published(told: Tell) -> None:
    folder = told(BOOK)
    folder.build("2025-03-15T00:00:00+00:00", only=MARTS, churn_grace_days=0)
    assert folder.rows(READINGS) == [(0.64, 0.58, 0.8, 0.48, 0.54, 0.64, 0.4)]
    assert movements(folder, "A") == [("2024-02-01", "new", 100), ("2025-02-01", "expansion", 30)]
    assert movements(folder, "D") == [("2024-06-01", "new", 100), ("2025-02-10", "contraction", -40)]


HARD = signed(
    ("back", "back_dated", "2025-01-15", "", "10", "2025-03-10"),
    ("base", "adds_on", "2025-01-01", "", "100"),
    ("more", "adds_on", "2025-01-20", "2025-02-19", "20"),
    ("old", "overlaps", "2024-02-11", "2025-02-10", "100"),
    ("new", "overlaps", "2025-02-01", "2026-01-31", "120", "2025-01-20", "old"),
    ("in", "late_within", "2024-02-01", "2025-01-31", "100"),
    ("in2", "late_within", "2025-03-03", "", "100", "2025-02-20", "in"),
    ("out", "late_beyond", "2024-02-01", "2025-01-31", "100"),
    ("out2", "late_beyond", "2025-03-04", "", "90", "2025-03-01", "out"),
    ("usd", "three_currencies", "2025-01-01", "2025-06-30", "100", "", "", "USD"),
    ("eur", "three_currencies", "2025-01-01", "2025-06-30", "100", "", "", "EUR"),
    ("krw", "three_currencies", "2025-01-01", "2025-06-30", "100000", "", "", "KRW"),
    ("co1", "co_terms", "2024-03-01", "2025-02-28", "60"),
    ("co2", "co_terms", "2024-09-01", "2025-02-28", "40"),
    ("co3", "co_terms", "2025-03-01", "2026-02-28", "90", "2025-02-01", "co2"),
)


def test_back_dated_added_overlapping_late_and_foreign_contracts_move_what_they_should(told: Tell) -> None:
    folder = told(HARD)
    folder.build("2025-03-20T00:00:00+00:00", only=MARTS)
    assert movements(folder, "back_dated") == [("2025-01-15", "new", 10)]
    assert movements(folder, "adds_on") == [
        ("2025-01-01", "new", 100),
        ("2025-01-20", "expansion", 20),
        ("2025-02-20", "contraction", -20),
    ]
    assert movements(folder, "overlaps") == [
        ("2024-02-11", "new", 100),
        ("2025-02-01", "expansion", 120),
        ("2025-02-11", "contraction", -100),
    ]
    assert movements(folder, "late_within") == [("2024-02-01", "new", 100)]
    assert movements(folder, "late_beyond") == [
        ("2024-02-01", "new", 100),
        ("2025-02-01", "churn", -100),
        ("2025-03-04", "reactivation", 90),
    ]
    rates = dict(folder.rows_of_build("select currency, rate_to_reporting from build.seeds.exchange_rates"))
    foreign = [round(100 * rates["EUR"], 2), round(100000 * rates["KRW"], 2)]
    assert movements(folder, "three_currencies") == [("2025-01-01", "new", Decimal(100) + sum(foreign))]
    found = {
        row[0]: row[1:]
        for row in folder.rows(
            "select customer_id, due_date, terms, old_mrr, status, days_late, new_mrr, renewed_mrr, uplift_mrr "
            "from marts.fct_renewals where due_date < '2025-04-01'"
        )
    }
    assert found == {
        "adds_on": (dt.date(2025, 2, 20), 1, 20, "overdue", None, None, 0, 0),
        "overlaps": (dt.date(2025, 2, 11), 1, 100, "renewed", 0, 120, 100, 20),
        "late_within": (dt.date(2025, 2, 1), 1, 100, "late", 30, 100, 100, 0),
        "late_beyond": (dt.date(2025, 2, 1), 1, 100, "churned", None, None, 0, 0),
        "co_terms": (dt.date(2025, 3, 1), 2, 100, "renewed", 0, 90, 90, 0),
    }
    months = dict(folder.rows("select period_month, is_complete from marts.kpi_mrr_monthly"))
    assert (months[dt.date(2025, 2, 1)], months[dt.date(2025, 3, 1)]) == (True, False)
    # Who left in February and came back in March is kept again, in a cohort that is followed to the last whole month.
    cohort = folder.rows(
        "select age_months, customers, retained from marts.kpi_retention_cohorts "
        "where cohort_month = '2024-02-01' and age_months >= 11"
    )
    assert sorted(cohort) == [(11, 3, 3), (12, 3, 2)]
    # A contract signed later is not seen earlier, however early it starts.
    folder.build("2025-03-05T00:00:00+00:00", only=MARTS)
    assert movements(folder, "back_dated") == []
