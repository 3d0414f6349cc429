"""What a made-up company spends and what it expects of itself, as rows of campaign_spend.csv and targets.csv.
The figures are those that its simulation brings, a little stretched; nothing is simulated here.
"""

import datetime as dt
from collections.abc import Iterator, Sequence

from ingest.simulate.clock import AGE_DAYS, MONTH_WEIGHTS, months_later
from ingest.simulate.staff import USUAL_LEADS, Row, load, usual_id
from ingest.simulate.vocabulary import LEAD_SOURCES, SOURCE_CAMPAIGNS

SPEND_COLUMNS = ("period_month", "campaign_id", "lead_source", "amount")
TARGET_COLUMNS = ("period_month", "scope", "scope_id", "stage", "kpi", "target")

_MONTHS_OF_AGE = AGE_DAYS * 12 / 365.25
# Spent on the name, and on no source in particular; a month, of the usual company.
_BRAND_DOLLARS = 1_500

# Of a month of the usual company. Volumes go with its size; those that go with the season are told apart.
_SEASONAL = {
    "marketing": {"inbound_leads": 80.0, "mqls": 35.0},
    "inside_sales": {
        "opportunities_created": 25.0,
        "opportunities_created_inbound": 21.5,
        "opportunities_created_outbound": 3.5,
    },
}
_STEADY = {"field_sales": {"won_deals": 9.5, "won_amount": 185_000.0}}
_RATES = {
    "marketing": {"cost_per_lead": 220.0, "cost_per_opportunity": 850.0},
    "inside_sales": {"response_hours_median": 3.0, "sla_compliance": 0.75},
    "field_sales": {"win_rate": 0.38, "no_decision_rate": 0.27, "sales_cycle_days_median": 45.0},
    "customer_success": {
        "logo_churn_rate": 0.01,
        "grr": 0.99,
        "nrr": 1.005,
        "renewal_rate": 0.88,
        "onboarding_days_median": 30.0,
    },
}
_REPS = {
    ("rep03", "inbound_sr"): 5.0,
    ("rep04", "inbound_sr"): 5.0,
    ("rep05", "inbound_sr"): 15.0,
    ("rep06", "outbound_ebr"): 1.2,
    ("rep07", "outbound_ebr"): 1.7,
    ("rep04", "smb_ae"): 11_000.0,
    ("rep08", "smb_ae"): 6_000.0,
    ("rep09", "smb_ae"): 6_000.0,
    ("rep10", "smb_ae"): 5_500.0,
    ("rep11", "enterprise_ae"): 85_000.0,
    ("rep12", "enterprise_ae"): 85_000.0,
}
_REP_KPIS = {
    "inbound_sr": "opportunities_created",
    "outbound_ebr": "opportunities_created",
    "smb_ae": "won_amount",
    "enterprise_ae": "won_amount",
    "csm": "renewal_rate",
}
_SEGMENTS = {
    "smb": (26_000.0, {"mql": 0.92, "working": 0.54, "p1": 0.72}),
    "mid_market": (62_000.0, {"mql": 0.92, "working": 0.54, "p1": 0.7}),
    "enterprise": (92_000.0, {"mql": 0.9, "working": 0.52, "p1": 0.68}),
}


def months_between(first: dt.date, last: dt.date) -> list[dt.date]:
    """The months from that of `first` to that of `last`, by their first days."""
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    return [months_later(first, number) for number in range(count)]


def campaign_spend(leads: int, months: Sequence[dt.date]) -> Iterator[Row]:
    """What is spent on each source that costs anything: its leads of the month at what one of them costs."""
    for month in months:
        size = leads * MONTH_WEIGHTS[month.month - 1]
        for source, campaign in SOURCE_CAMPAIGNS.items():
            share, _, cost = LEAD_SOURCES[source]
            yield _spent(month, campaign, source, size / _MONTHS_OF_AGE * share * cost)
        yield _spent(month, "cmp_brand", "", _BRAND_DOLLARS * leads / USUAL_LEADS)


def _spent(month: dt.date, campaign: str, source: str, dollars: float) -> Row:
    amount = f"{round(dollars, -1):.2f}"
    return dict(zip(SPEND_COLUMNS, (month.isoformat(), campaign, source, amount), strict=True))


def targets(leads: int, months: Sequence[dt.date], staff: Sequence[Row]) -> Iterator[Row]:
    """What departments, reps and segments are to reach in each month."""
    size = leads / USUAL_LEADS
    for month in months:
        season = MONTH_WEIGHTS[month.month - 1]
        for department, rates in _RATES.items():
            volumes = {kpi: usual * size * season for kpi, usual in _SEASONAL.get(department, {}).items()}
            volumes |= {kpi: usual * size for kpi, usual in _STEADY.get(department, {}).items()}
            for kpi, figure in (volumes | rates).items():
                yield _target(month, "department", department, kpi, figure)
        for row in staff:
            if _is_in_role(row, months_later(month, 1) - dt.timedelta(days=1)):
                yield from _target_of(row, month, load(leads))
        for segment, (amount, conversions) in _SEGMENTS.items():
            yield _target(month, "segment", segment, "won_amount", amount * size)
            for stage, share in conversions.items():
                yield _target(month, "segment", segment, "conversion", share, stage)


def _target_of(row: Row, month: dt.date, work: float) -> Iterator[Row]:
    kpi = _REP_KPIS.get(row["team"])
    usual = _REPS.get((usual_id(row["rep_id"]), row["team"]))
    if kpi == "renewal_rate":
        yield _target(month, "rep", row["rep_id"], kpi, _RATES["customer_success"]["renewal_rate"])
    elif kpi and usual:
        yield _target(month, "rep", row["rep_id"], kpi, usual * work)


def _is_in_role(row: Row, day: dt.date) -> bool:
    return row["started_on"] <= day.isoformat() and (not row["ended_on"] or day.isoformat() < row["ended_on"])


def _target(month: dt.date, scope: str, scope_id: str, kpi: str, figure: float, stage: str = "") -> Row:
    if kpi.endswith("amount"):
        text = f"{round(figure, -2):.0f}" if figure >= 1_000 else f"{figure:.0f}"
    elif figure >= 20:
        text = f"{figure:.0f}"
    else:
        text = f"{figure:.3f}".rstrip("0").rstrip(".") if figure < 2 else f"{figure:.1f}".removesuffix(".0")
    return dict(zip(TARGET_COLUMNS, (month.isoformat(), scope, scope_id, stage, kpi, text), strict=True))
