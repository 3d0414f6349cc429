"""Four companies that nobody here made up refresh as they are, and what is known of them comes out."""

import csv
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

from tests.conftest import Workplace

AS_OF = ("--as-of", "2026-01-01T00:00:00Z")
MakeWorkplace = Callable[[str], Workplace]

OPEN_RECORDS = """
    select 'lead', count(*) from marts.fct_lead_scores
    inner join marts.dim_leads using (lead_id)
    inner join marts.dim_stages on current_stage = stage
    left join marts.fct_recycling_candidates using (lead_id)
    where is_rankable
        and case when coalesce(is_eligible, false) then not is_holdout else kind = 'success' end
    having count(*) > 0
    union all
    select 'opportunity', count(*) from marts.fct_opportunities where status = 'open' having count(*) > 0
    union all
    select 'customer', count(*) from (
        select customer_id from marts.fct_mrr_movements where movement_date <= date '2026-01-01'
        group by customer_id having max_by(closing_mrr, movement_date) > 0
    ) having count(*) > 0
"""
ACTIONS = "select record_type, count(distinct record_id) from marts.fct_next_actions group by record_type"


def refreshed(make_workplace: MakeWorkplace, shared_data: Path, name: str) -> Workplace:
    workplace = make_workplace(name)
    workplace.refresh("--landing", shared_data / name / "landing", *AS_OF)
    require_one_action_per_open_record(workplace)
    return workplace


def require_one_action_per_open_record(workplace: Workplace) -> None:
    """As many records with an action as open ones: that they are the same ones is a check of the refresh itself."""
    found = dict(workplace.rows(ACTIONS))
    assert found == dict(workplace.rows(OPEN_RECORDS))
    assert workplace.rows("select count(*) from marts.fct_next_actions") == [(sum(found.values()),)]


def test_loan_applications_have_the_funnel_that_the_log_counts(
    make_workplace: MakeWorkplace, shared_data: Path
) -> None:
    bank = refreshed(make_workplace, shared_data, "loan_applications")
    reached = dict(bank.rows("select stage, count(*) from marts.fct_stage_milestones group by 1"))
    # Submitted, accepted, offer sent, sent back, activated.
    assert [reached[stage] for stage in ("captured", "p1", "p3", "p4", "onboarding")] == [
        13087,
        5113,
        5015,
        3254,
        2246,
    ]
    now = dict(bank.rows("select current_stage, count(*) from marts.dim_leads group by 1"))
    assert (now.pop("disqualified"), now.pop("lost"), now.pop("onboarding")) == (7635, 2807, 2246)
    assert sum(now.values()) == 399
    assert bank.rows("select sum(rows_read), sum(rows_quarantined) from marts.kpi_data_quality") == [(277533, 0)]
    statuses = dict(bank.rows("select status, count(*) from marts.fct_opportunities group by 1"))
    assert (statuses["lost"], statuses["won"]) == (2807, 2246)
    stays = dict(bank.rows("select phase, count(distinct opportunity_id) from marts.fct_opportunity_phases group by 1"))
    # Offer sent, sent back.
    assert (stays["p3"], stays["p4"]) == (5015, 3254)
    reasons = bank.rows("select lost_reason, sum(lost), min(no_decision_share) from marts.kpi_lost_reasons group by 1")
    assert reasons == [("no_decision", 2807, 1)]
    drift = "select drifted_column_names from marts.kpi_data_quality where feed = 'leads'"
    assert bank.rows(drift) == [("requested_amount",)]


def test_the_marketplace_closes_what_each_source_is_known_to_close(
    make_workplace: MakeWorkplace, shared_data: Path
) -> None:
    marketplace = refreshed(make_workplace, shared_data, "olist")
    won = "left join marts.fct_stage_milestones as won on leads.lead_id = won.lead_id and won.stage = 'onboarding'"
    assert marketplace.rows(f"select count(*), count(won.lead_id) from marts.dim_leads as leads {won}") == [(8000, 842)]
    rates = dict(
        marketplace.rows(
            "select leads.lead_source, round(100.0 * count(won.lead_id) / count(*), 2)::varchar "
            f"from marts.dim_leads as leads {won} group by 1"
        )
    )
    known = {
        "paid_search": "12.3",
        "organic_search": "11.8",
        "direct_traffic": "11.22",
        "referral": "8.45",
        "social": "5.56",
        "display": "5.08",
        "email": "3.04",
    }
    assert {source: rates[source] for source in known} == known
    days = (
        "select median(date_diff('day', leads.captured_at, won.reached_at)), "
        "median(date_sub('day', leads.captured_at, won.reached_at)) from marts.dim_leads as leads "
        f"{won} where won.lead_id is not null"
    )
    assert 14 in marketplace.rows(days)[0]
    assert marketplace.rows("select status, count(*) from marts.fct_opportunities group by 1") == [("won", 842)]
    touches = "select count(distinct opportunity_id), sum(credit_linear) from marts.fct_attribution"
    assert marketplace.rows(touches) == [(842, 842)]


def test_the_hardware_seller_wins_and_loses_what_its_pipeline_says(
    make_workplace: MakeWorkplace, shared_data: Path
) -> None:
    seller = refreshed(make_workplace, shared_data, "maven")
    now = dict(seller.rows("select current_stage, count(*) from marts.dim_leads group by 1"))
    assert (now["onboarding"], now["lost"], now["p1"] + now["p2"]) == (4238, 2473, 2089)
    days = dict(
        seller.rows(
            "select moves.to_stage, median(date_diff('day', leads.captured_at, moves.entered_at)) "
            "from marts.fct_stage_transitions as moves inner join marts.dim_leads as leads using (lead_id) group by 1"
        )
    )
    assert (days["onboarding"], days["lost"]) == (57, 14)
    closed = {
        status: closings
        for status, *closings in seller.rows(
            "select status, count(*), sum(amount_at_close), floor(median(days_open)) "
            "from marts.fct_opportunities group by 1"
        )
    }
    assert closed["won"] == [4238, Decimal(10005534), 57]
    assert (closed["lost"][0], closed["lost"][2], closed["open"][0]) == (2473, 14, 2089)


def test_overlapping_subscriptions_sum_to_the_known_mrr(make_workplace: MakeWorkplace, shared_data: Path) -> None:
    saas = refreshed(make_workplace, shared_data, "ravenstack")
    for day, mrr, customers in (
        ("2023-06-01", 169110, 46),
        ("2023-12-01", 1024175, 161),
        ("2024-06-01", 3343584, 305),
        ("2024-12-01", 8507358, 474),
    ):
        on_that_day = (
            "select sum(mrr), count(*) filter (where mrr > 0) from ("
            "select max_by(closing_mrr, movement_date) as mrr from marts.fct_mrr_movements "
            f"where movement_date <= '{day}' group by customer_id)"
        )
        assert saas.rows(on_that_day) == [(mrr, customers)]


def test_the_playbook_of_monthly_revenue_has_its_movements(workplace: Workplace, shared_data: Path) -> None:
    """Its rule is that a month counts if a period overlaps it, so periods become whole months, without grace."""
    lines = ["contract_id,customer_id,signed_at,starts_on,ends_on,mrr"]
    with (shared_data / "mrr_playbook" / "subscription_periods.csv").open(newline="", encoding="utf-8") as file:
        for period in csv.DictReader(file):
            begins = period["start_date"][:8] + "01"
            ends = f",{last_day_before(period['end_date'])}" if period["end_date"] else ","
            row = (period["subscription_id"], period["customer_id"], f"{begins}T00:00:00Z", begins)
            lines.append(",".join(row) + f"{ends},{period['monthly_amount']}")
    workplace.land("contracts/periods.csv", "\n".join(lines) + "\n")
    workplace.set_var("churn_grace_days", "0")
    workplace.refresh(*AS_OF)
    require_one_action_per_open_record(workplace)
    movements = {
        kind: (count, amount)
        for kind, count, amount in workplace.rows(
            "select movement_type, count(*), sum(amount) from marts.fct_mrr_movements "
            "where customer_id in (select customer_id from marts.fct_mrr_movements "
            "where movement_type = 'new' and movement_date >= '2018-01-01') group by 1"
        )
    }
    assert movements == {
        "new": (52, Decimal(2195)),
        "expansion": (30, Decimal(660)),
        "reactivation": (3, Decimal(150)),
        "contraction": (27, Decimal(-555)),
        "churn": (55, Decimal(-2450)),
    }
    closing = dict(workplace.rows("select strftime(period_month, '%Y-%m'), closing_mrr from marts.kpi_mrr_monthly"))
    assert [closing[month] for month in ("2018-06", "2018-12", "2019-06", "2019-12")] == [
        235,
        585,
        1135,
        1255,
    ]


def last_day_before(text: str) -> date:
    """The last day of the last month that a period ending before this day overlaps."""
    end = date.fromisoformat(text)
    return date.fromordinal(end.replace(day=1).toordinal() - 1) if end.day == 1 else _month_end(end)


def _month_end(day: date) -> date:
    following = day.replace(year=day.year + day.month // 12, month=day.month % 12 + 1, day=1)
    return date.fromordinal(following.toordinal() - 1)
