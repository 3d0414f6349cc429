"""The marts of the README's company tell what a reader believes: amounts, rates, targets, and its story.

Asked as its user would ask, of the shipped seeds and the company of their size at the usual day.
"""

from typing import Any

import pytest

from ingest.simulate.clock import END_DATE
from ingest.simulate.story import began_on
from tests.conftest import Workplace
from tests.dbt_runs import DBT_PROJECT

SEEDS = {path.stem: path for path in DBT_PROJECT.glob("seeds/*/*.csv")}
LAST_YEAR = "between date '2025-07-01' and date '2026-06-30'"


@pytest.fixture
def company(usual_company: Workplace) -> Workplace:
    """The company as it is published."""
    return usual_company


def one(company: Workplace, query: str) -> tuple[Any, ...]:
    """The only row of a query, in which `seed(name)` stands for a shipped seed."""
    for name, path in SEEDS.items():
        query = query.replace(f"seed({name})", f"read_csv('{path}')")
    (row,) = company.rows(query)
    return row


def test_revenue_is_kept_and_grows_month_by_month(company: Workplace) -> None:
    months = company.rows(
        "select nrr, grr, logo_churn_rate from marts.kpi_mrr_monthly"
        " where opening_customers >= 20 and period_month < date '2026-07-01'"
    )
    assert len(months) > 15
    assert all(0.95 <= nrr <= 1.15 for nrr, _, _ in months)
    assert all(0.95 <= grr <= 1 for _, grr, _ in months)
    assert 0.004 < sum(churn for _, _, churn in months) / len(months) < 0.02


def test_two_thirds_of_the_qualified_are_answered_in_time(company: Workplace) -> None:
    kept, hours = one(
        company,
        "select 1 - sum(breach_rate * deadlines) / sum(deadlines), median(response_hours_median)"
        " from marts.kpi_sla where stage = 'mql'",
    )
    assert 0.6 < kept < 0.76
    assert 1 < hours < 8


def test_a_win_costs_a_fraction_of_what_it_brings(company: Workplace) -> None:
    leads, spend, opportunities, wins = one(
        company,
        "select sum(leads), sum(spend_amount), sum(opportunities_180d), sum(wins_180d) from marts.kpi_lead_supply"
        " where cohort_month between date '2024-12-01' and date '2025-11-30'",
    )
    (amount,) = one(company, "select avg(amount_at_close) from marts.fct_opportunities where status = 'won'")
    assert 100 < spend / leads < 400
    assert 500 < spend / opportunities < 1_800
    assert 0.05 < float(spend / wins) / float(amount) < 0.5


def test_recycled_leads_are_much_cheaper_than_new_ones(company: Workplace) -> None:
    recycled, new, share = one(
        company,
        "select sum(recycling_amount) / sum(recycled_opportunities),"
        " sum(spend_amount) / sum(opportunities_180d),"
        " (select avg(cast(opportunity_type = 'recycled' as integer)) from marts.fct_opportunities)"
        " from marts.kpi_lead_supply where cohort_month between date '2024-12-01' and date '2025-11-30'",
    )
    assert recycled < new / 4
    assert 0.1 < share < 0.3


@pytest.mark.parametrize(
    ("kpi", "actual"),
    [
        ("inbound_leads", f"select count(*) from marts.dim_leads where motion = 'inbound' and captured_at {LAST_YEAR}"),
        (
            "mqls",
            "select count(*) from marts.fct_stage_milestones"
            f" where stage = 'mql' and not was_skipped and reached_at {LAST_YEAR}",
        ),
        ("opportunities_created", f"select count(*) from marts.fct_opportunities where created_at {LAST_YEAR}"),
        ("won_deals", f"select count(*) from marts.fct_opportunities where status = 'won' and closed_at {LAST_YEAR}"),
        (
            "won_amount",
            f"select sum(amount_at_close) from marts.fct_opportunities where status = 'won' and closed_at {LAST_YEAR}",
        ),
    ],
)
def test_departments_come_near_their_targets(company: Workplace, kpi: str, actual: str) -> None:
    (attainment,) = one(
        company,
        f"select ({actual}) / sum(target) from seed(targets)"
        f" where scope = 'department' and kpi = '{kpi}' and period_month {LAST_YEAR}",
    )
    assert 0.75 < attainment < 1.3


def test_reps_attain_between_60_and_140_percent_in_a_year(company: Workplace) -> None:
    won = (
        "select owner_id, sum(amount_at_close) from marts.fct_opportunities"
        f" where status = 'won' and closed_at {LAST_YEAR} group by 1"
    )
    created = f"select created_by, count(*) from marts.fct_opportunities where created_at {LAST_YEAR} group by 1"
    targets = company.rows(
        f"select scope_id, kpi, sum(target) from read_csv('{SEEDS['targets']}')"
        f" where scope = 'rep' and kpi in ('won_amount', 'opportunities_created') and period_month {LAST_YEAR}"
        " group by all having count(*) = 12"
    )
    actual = {"won_amount": dict(company.rows(won)), "opportunities_created": dict(company.rows(created))}
    attainments = {(rep_id, kpi): float(actual[kpi][rep_id]) / target for rep_id, kpi, target in targets}
    assert len(attainments) >= 8
    assert {key: share for key, share in attainments.items() if not 0.6 < share < 1.4} == {}


def test_the_bottleneck_is_named_with_its_sentence_and_nothing_else(company: Workplace) -> None:
    named = company.rows(
        "select window_end, segment, stage, sentence from marts.kpi_bottlenecks where bottleneck_rank is not null"
    )
    assert {(segment, stage) for _, segment, stage, _ in named} == {("smb", "working")}
    ends = [window_end for window_end, _, _, _ in named]
    assert min(ends) >= began_on(END_DATE)
    assert max(ends) == one(company, "select max(window_end) from marts.kpi_bottlenecks")[0]
    assert all(" fell from " in sentence and " in smb " in sentence for _, _, _, sentence in named)


def test_one_source_brings_volume_and_little_else(company: Workplace) -> None:
    sources = company.rows(
        "select lead_source, sum(leads), sum(opportunities_180d) / sum(leads) from marts.kpi_lead_supply"
        " where cohort_month < date '2026-01-01' group by 1 having sum(leads) >= 50 order by 2 desc"
    )
    rates = {source: rate for source, _, rate in sources}
    assert sources[0][0] == "social"
    assert rates["social"] < min(rate for source, rate in rates.items() if source != "social") / 2


def test_one_rep_is_past_capacity(company: Workplace) -> None:
    loaded = company.rows(
        "select reps.rep_id from marts.kpi_sla as sla inner join marts.dim_reps as reps on sla.owner_id = reps.rep_id"
        " where sla.stage in ('mql', 'working') and reps.ended_on is null"
        " group by reps.rep_id, reps.capacity having sum(sla.open) > reps.capacity"
    )
    assert loaded == [("rep05",)]


def test_work_is_fresh_on_the_last_day(company: Workplace) -> None:
    (recent,) = one(
        company,
        "select count(*) from marts.fct_stage_transitions"
        " where to_stage = 'mql' and entered_at > timestamptz '2026-06-28'",
    )
    past_due, open_count = one(
        company,
        "select count(*) filter (where entered_at < timestamptz '2026-06-20'), count(*)"
        " from marts.fct_stage_transitions where to_stage = 'mql' and exited_at is null",
    )
    assert recent >= 2
    assert past_due <= 5
    assert open_count < 25


def test_an_amount_is_worth_its_segment_in_every_currency(company: Workplace) -> None:
    bounds = {"smb": (2_500, 9_000), "mid_market": (13_000, 42_000), "enterprise": (50_000, 210_000)}
    medians = company.rows(
        "select opportunities.segment, leads.country, median(opportunities.amount_at_close)"
        " from marts.fct_opportunities as opportunities"
        " inner join marts.dim_leads as leads on opportunities.lead_id = leads.lead_id"
        " where opportunities.status = 'won' and opportunity_type <> 'expansion' group by all having count(*) >= 3"
    )
    assert len(medians) > 8
    for segment, country, median in medians:
        low, high = bounds[segment]
        assert low < median < high, (segment, country)
