"""Every hard case of the contract occurs in a simulated company of 2,000 leads.
Cases are looked for in the files, by what they mean, never by how they were made.
"""

import datetime as dt
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from ingest.simulate import simulate
from ingest.simulate.reps import Rep
from tests.simulate.strict_reader import Landed, read_back, time_of

PHASES = ["p1", "p2", "p3", "p4", "p5"]


@pytest.fixture(scope="module", params=[11, 12, 13])
def company(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    reps: list[Rep],
) -> Landed:
    out = tmp_path_factory.mktemp("company")
    return read_back(out, simulate(2_000, out, seed=request.param, reps=reps))


def versions(company: Landed, feed: str, key: str) -> dict[str, list[dict[str, str]]]:
    by_key = defaultdict(list)
    for row in company.rows[feed]:
        by_key[row[key]].append(row)
    return by_key


def stories(company: Landed) -> dict[str, list[dict[str, str]]]:
    """Opportunity events by opportunity, in the order of time."""
    by_opportunity = defaultdict(list)
    for row in sorted(company.current("activities").values(), key=lambda row: row["occurred_at"]):
        if row["activity_type"].startswith("opportunity_"):
            by_opportunity[row["opportunity_id"]].append(row)
    return by_opportunity


def chains(company: Landed) -> Iterator[tuple[list[str], str]]:
    """Each merged lead's way to its end, and how it ends: lead, erased, unknown or cycle."""
    leads = company.current("leads")
    for lead_id, row in leads.items():
        way = [lead_id]
        while row.get("merged_into_lead_id"):
            way.append(row["merged_into_lead_id"])
            if way[-1] in way[:-1]:
                yield way, "cycle"
                break
            if way[-1] not in leads:
                yield way, "unknown"
                break
            row = leads[way[-1]]
        else:
            if len(way) > 1:
                yield way, "erased" if is_true(row.get("is_deleted")) else "lead"


def is_true(text: str | None) -> bool:
    return (text or "").lower() in ("true", "t", "yes", "y", "1")


def days(later: str, earlier: str) -> int:
    return (dt.date.fromisoformat(later[:10]) - dt.date.fromisoformat(earlier[:10])).days


def test_leads_are_recycled_once_twice_and_three_times(company: Landed) -> None:
    times = Counter(Counter(row["lead_id"] for row in company.of_type("recycled")).values())
    assert times[1] and times[2] and max(times) >= 3


def test_leads_are_disqualified_and_some_put_back_by_hand(company: Landed) -> None:
    disqualified = {row["lead_id"] for row in company.of_type("disqualified")}
    revived = {row["lead_id"] for row in company.of_type("stage_changed") if row["stage"] == "mql"}
    assert disqualified & revived


def test_lost_opportunities_and_won_ones_are_reopened(company: Landed) -> None:
    closings = {
        before["activity_type"]
        for events in stories(company).values()
        for before, after in pairwise(events)
        if after["activity_type"] == "opportunity_reopened"
    }
    assert {"opportunity_lost", "opportunity_won"} <= closings


def test_opportunities_skip_phases_and_fall_back(company: Landed) -> None:
    steps = set()
    for events in stories(company).values():
        reported = [PHASES.index(row.get("stage") or "p1") for row in events if row.get("stage")]
        steps |= {after - before for before, after in pairwise([0, *reported])}
    assert max(steps) >= 2
    assert min(steps) < 0


def test_close_dates_are_pushed_and_amounts_change(company: Landed) -> None:
    dates, amounts = defaultdict(set), defaultdict(set)
    for opportunity, events in stories(company).items():
        dates[opportunity] = {row.get("expected_close_on") or "" for row in events} - {""}
        amounts[opportunity] = {row.get("amount") or "" for row in events} - {""}
    assert max(map(len, dates.values())) > 1
    assert max(map(len, amounts.values())) > 1


def test_leads_are_moved_backwards_by_hand(company: Landed) -> None:
    connected = {}
    for row in company.of_type("call"):
        if row.get("outcome") == "connected":
            connected.setdefault(row["lead_id"], time_of(row["occurred_at"]))
    assert any(
        row["lead_id"] in connected
        and time_of(row["occurred_at"]) > connected[row["lead_id"]]
        and row["stage"] in ("captured", "engaged", "mql")
        for row in company.of_type("stage_changed")
    )


def test_merges_end_in_a_lead_in_an_erased_one_in_nobody_and_in_cycles(company: Landed) -> None:
    ends = defaultdict(set)
    for way, end in chains(company):
        ends[end].add(len(way) - 1)
    assert set(ends) == {"lead", "erased", "unknown", "cycle"}
    assert {1, 2, 3} <= ends["lead"]
    assert {1, 2} <= ends["cycle"]


def test_the_crm_deletes_some_losers_of_merges_and_keeps_others(company: Landed) -> None:
    leads = company.current("leads").values()
    merged = [row for row in leads if row.get("merged_into_lead_id")]
    assert {is_true(row.get("is_deleted")) for row in merged} == {True, False}


def test_leads_are_erased_and_one_is_brought_back(company: Landed) -> None:
    current = company.current("leads")
    ever_deleted = {
        row["lead_id"] for row in company.leads if is_true(row.get("is_deleted")) and not row.get("merged_into_lead_id")
    }
    assert {is_true(current[lead_id].get("is_deleted")) for lead_id in ever_deleted} == {
        True,
        False,
    }


@pytest.mark.parametrize(
    ("feed", "key"),
    [("leads", "lead_id"), ("activities", "activity_id"), ("contracts", "contract_id")],
)
def test_keys_come_again_corrected_stale_and_unchanged(company: Landed, feed: str, key: str) -> None:
    found = set()
    for rows in versions(company, feed, key).values():
        for former, later in pairwise(rows):
            stamps = [row.get("updated_at") or "" for row in (former, later)]
            if former == later:
                found.add("unchanged")
            elif stamps[0] and stamps[1] < stamps[0]:
                found.add("stale")
            else:
                found.add("corrected")
    # A contract's first version has no updated_at: it counts as signed_at, after the stale stamp.
    signed = company.contracts if feed == "contracts" else []
    if any(row.get("updated_at", "9") < row["signed_at"] for row in signed):
        found.add("stale")
    assert found == {"corrected", "stale", "unchanged"}


def test_two_versions_of_a_lead_share_their_moment(company: Landed) -> None:
    assert any(
        former["updated_at"] == later["updated_at"] and former != later
        for rows in versions(company, "leads", "lead_id").values()
        for former, later in pairwise(rows)
    )


def test_activities_move_to_another_lead_and_are_deleted(company: Landed) -> None:
    rows = versions(company, "activities", "activity_id").values()
    assert any(len({row["lead_id"] for row in several}) > 1 for several in rows)
    assert any(is_true(row.get("is_deleted")) for row in company.activities)


def test_activities_come_before_their_lead_and_for_leads_nobody_knows(company: Landed) -> None:
    created = {row["lead_id"]: time_of(row["created_at"]) for row in company.leads}
    known = [row for row in company.activities if row["lead_id"] in created]
    assert any(time_of(row["occurred_at"]) < created[row["lead_id"]] for row in known)
    assert len(known) < len(company.activities)


def test_some_activity_types_are_on_no_list(company: Landed) -> None:
    seed = Path(__file__).parents[2] / "dbt_project/seeds/process/activity_types.csv"
    listed = {line.split(",")[0] for line in seed.read_text().splitlines()}
    types = Counter(row["activity_type"] for row in company.activities)
    unlisted = sum(count for name, count in types.items() if name not in listed)
    assert 0 < unlisted < len(company.activities) / 500


def test_one_lead_does_two_things_in_the_same_second(company: Landed) -> None:
    rows = company.current("activities").values()
    moments = Counter((row["lead_id"], time_of(row["occurred_at"])) for row in rows)
    assert max(moments.values()) > 1
    recycled = {(row["lead_id"], row["occurred_at"]) for row in company.of_type("recycled")}
    downloads = company.of_type("content_download")
    assert any((row["lead_id"], row["occurred_at"]) in recycled for row in downloads)


def test_things_happen_at_utc_and_at_seoul_midnight_and_at_month_edges(company: Landed) -> None:
    moments = {time_of(row["occurred_at"]) for row in company.activities}
    moments |= {time_of(row["created_at"]) for row in company.leads}
    seoul = [moment + dt.timedelta(hours=9) for moment in moments]
    for zone in (moments, seoul):
        edges = [moment for moment in zone if moment.time() == dt.time()]
        assert any(moment.day != 1 for moment in edges)
        assert any(moment.day == 1 for moment in edges)


def test_timestamps_come_with_offsets_fractions_and_as_bare_dates(company: Landed) -> None:
    texts = [row["occurred_at"] for row in company.activities]
    assert any(text.endswith("+09:00") for text in texts)
    assert any(".999999" in text for text in texts)
    assert any(len(text) == len("2025-01-01") for text in texts)


def test_customers_come_without_lead_and_opportunity(company: Landed) -> None:
    assert any("lead_id" not in r and "opportunity_id" not in r for r in company.contracts)


def test_a_customer_names_its_lead_in_a_later_contract_only(company: Landed) -> None:
    by_customer = versions(company, "contracts", "customer_id").values()
    named = [[bool(row.get("lead_id")) for row in rows] for rows in by_customer]
    assert any(not first and any(others) for first, *others in named)


def test_opportunities_are_won_by_their_contract_alone(company: Landed) -> None:
    reported = {row["opportunity_id"] for row in company.of_type("opportunity_won")}
    signed = {row["opportunity_id"] for row in company.contracts if row.get("opportunity_id")}
    assert signed - reported


@pytest.mark.parametrize("months", [3, 6, 12])
def test_terms_run_for_so_many_months(company: Landed, months: int) -> None:
    lengths = {round(days(row["ends_on"], row["starts_on"]) / 30.44) for row in company.contracts if "ends_on" in row}
    assert months in lengths


def test_contracts_start_before_and_after_their_signature(company: Landed) -> None:
    leads = [days(row["starts_on"], row["signed_at"]) for row in company.contracts]
    assert min(leads) < 0
    assert max(leads) > 45
    assert any(row["starts_on"] >= "2026-07-01" for row in company.contracts)


def test_contracts_are_open_ended_free_and_cancelled_before_in_and_after_their_term(
    company: Landed,
) -> None:
    rows = company.contracts
    assert any("ends_on" not in row and "cancelled_on" not in row for row in rows)
    assert any("ends_on" not in row and "cancelled_on" in row for row in rows)
    assert any(row.get("cancelled_on", "9") <= row["starts_on"] for row in rows)
    assert any(row["starts_on"] < row.get("cancelled_on", "") for row in rows)
    assert any(float(row["mrr"]) == 0 for row in rows)
    assert any(row.get("ends_on") == row["starts_on"] for row in rows)
    assert any(is_true(row.get("is_deleted")) for row in rows)


def test_renewals_come_in_time_late_and_after_the_grace_with_and_without_a_name(
    company: Landed,
) -> None:
    contracts = company.current("contracts")
    gaps = Counter()
    for row in contracts.values():
        former = contracts.get(row.get("renews_contract_id", ""))
        if former and "ends_on" in former:
            gap = days(row["starts_on"], former["ends_on"]) - 1
            gaps["kept" if gap <= 0 else "late" if gap <= 30 else "gone"] += 1
    assert gaps["kept"] and gaps["late"] and gaps["gone"]
    by_customer = versions(company, "contracts", "customer_id").values()
    assert any(
        "renews_contract_id" not in later and later["starts_on"] > former.get("ends_on", "9")
        for rows in by_customer
        for former, later in pairwise(rows)
        if former["contract_id"] != later["contract_id"]
    )


def test_contracts_are_amended_up_and_down_within_their_term(company: Landed) -> None:
    contracts = company.current("contracts")
    changes = set()
    for row in contracts.values():
        former = contracts.get(row.get("renews_contract_id", ""))
        if former and former.get("cancelled_on") == row["starts_on"]:
            changes.add(float(row["mrr"]) > float(former["mrr"]))
    assert changes == {True, False}


def test_customers_hold_several_products_at_once(company: Landed) -> None:
    products = defaultdict(set)
    for row in company.contracts:
        products[row["customer_id"]].add(row["product"])
    assert max(map(len, products.values())) > 1


def test_contracts_are_in_many_currencies_and_some_change_theirs(company: Landed) -> None:
    currencies = defaultdict(set)
    for row in company.contracts:
        currencies[row["customer_id"]].add(row.get("currency", ""))
    assert {"USD", "EUR", "JPY", "KRW", ""} <= set().union(*currencies.values())
    assert max(map(len, currencies.values())) > 1


def test_opportunities_come_without_amount_and_without_currency(company: Landed) -> None:
    created = company.of_type("opportunity_created")
    assert any(not row.get("amount") for row in created)
    assert any(row.get("amount") and not row.get("currency") for row in created)


def test_leads_are_opted_out_in_every_spelling(company: Landed) -> None:
    spellings = {row.get("opted_out", "") for row in company.leads}
    assert {"true", "false", ""} <= spellings
    assert spellings & {"yes", "1", "T", "True"}


def test_names_hold_quotes_commas_line_breaks_formulas_and_letters_of_the_world(
    company: Landed,
) -> None:
    names = "|".join(row["full_name"] for row in company.leads)
    for part in ('"', ",", "\n", "|=HYPERLINK(", "|+", "|@", "김하늘", "田中", "Ł", "ü"):
        assert part in names, part


def test_sources_are_listed_unlisted_and_empty(company: Landed) -> None:
    seed = Path(__file__).parents[2] / "dbt_project/seeds/market/lead_sources.csv"
    listed = {line.split(",")[0] for line in seed.read_text().splitlines()[1:]}
    sources = {row.get("lead_source", "") for row in company.leads}
    assert listed <= sources
    assert "" in sources
    assert sources - listed - {""}


def test_companies_of_every_size_share_their_domain_among_leads(company: Landed) -> None:
    sizes = [int(float(n)) for row in company.leads if (n := row.get("employee_count"))]
    assert min(sizes) < 100 <= max(sizes)
    assert max(sizes) >= 1000
    assert len(sizes) < len(company.leads)
    domains = Counter(row.get("company_domain") for row in company.leads)
    assert domains.most_common(5)[-1][1] > 1


def test_surveys_hold_their_score_as_json(company: Landed) -> None:
    scores = [json.loads(row["details"])["score"] for row in company.of_type("survey_answered")]
    assert set(scores) <= set(range(11))
    assert len(set(scores)) > 5


@pytest.mark.parametrize(
    "activity_type",
    [
        "demo_request",
        "contact_request",
        "pricing_request",
        "call",
        "meeting",
        "problem_confirmed",
        "requirements_shared",
        "vendor_preferred",
        "terms_agreed",
        "approval_filed",
        "opportunity_accepted",
        "opportunity_rejected",
        "forecast_called",
        "onboarding_completed",
        "first_value_reached",
        "product_used",
        "survey_answered",
        "support_ticket_opened",
        "support_ticket_solved",
        "feedback_given",
    ],
)
def test_the_whole_path_is_walked(company: Landed, activity_type: str) -> None:
    assert company.of_type(activity_type)
