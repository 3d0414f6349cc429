"""A simulated company behaves like one: its path is coherent, its staff real, its rates plausible."""

import datetime as dt
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from ingest.errors import RevloopError
from ingest.simulate.reps import Rep, read_reps
from tests.simulate.strict_reader import Landed, time_of

TEAMS = {
    "opportunity_created": {"inbound_sr", "outbound_ebr"},
    "opportunity_accepted": {"smb_ae", "enterprise_ae"},
    "opportunity_phase_changed": {"smb_ae", "enterprise_ae"},
    "opportunity_won": {"smb_ae", "enterprise_ae"},
    "recycled": {"inbound_sr", "outbound_ebr"},
    "support_ticket_solved": {"csm"},
    "onboarding_completed": {"csm"},
}


def in_role(reps: list[Rep], rep_id: str, day: dt.date) -> set[str]:
    return {
        rep.team
        for rep in reps
        if rep.rep_id == rep_id and rep.started_on <= day and (rep.ended_on is None or day < rep.ended_on)
    }


def untouched(landed: Landed) -> list[dict[str, str]]:
    """Activities that came once and plainly, so that their day is the one they were made on."""
    times = Counter(row["activity_id"] for row in landed.activities)
    return [row for row in landed.activities if times[row["activity_id"]] == 1 and "+00:00" in row["occurred_at"]]


def test_whoever_acts_is_a_rep_in_role_on_that_day(landed: Landed, reps: list[Rep]) -> None:
    acted = [row for row in untouched(landed) if row.get("actor_id")]
    assert len(acted) > 1_000
    for row in acted:
        day = time_of(row["occurred_at"]).date()
        teams = in_role(reps, row["actor_id"], day)
        assert teams & TEAMS.get(row["activity_type"], teams), row


def test_owners_of_leads_and_contracts_are_in_role_when_they_begin(landed: Landed, reps: list[Rep]) -> None:
    for row in landed.leads:
        day = time_of(row["created_at"]).date()
        assert in_role(reps, row["owner_id"], day) & {"inbound_sr", "outbound_ebr"}, row
    for row in landed.contracts:
        assert "csm" in in_role(reps, row["owner_id"], time_of(row["signed_at"]).date()), row


def test_a_record_keeps_its_rep_while_that_rep_stays(landed: Landed) -> None:
    by_opportunity = defaultdict(set)
    for row in landed.of_type("opportunity_phase_changed"):
        if row["occurred_at"] < "2025-03-01":
            by_opportunity[row["opportunity_id"]].add(row["actor_id"])
    assert by_opportunity
    assert all(len(actors) == 1 for actors in by_opportunity.values())


def test_lead_ids_grow_with_time(landed: Landed) -> None:
    created = {row["lead_id"]: time_of(row["created_at"]) for row in landed.leads}
    in_order = [created[lead_id] for lead_id in sorted(created)]
    assert in_order == sorted(in_order)


def test_the_business_grows_and_rests_at_weekends(landed: Landed) -> None:
    created = [time_of(row["created_at"]) for row in landed.leads]
    middle = dt.datetime(2025, 7, 1, tzinfo=dt.UTC)
    later = sum(at >= middle for at in created)
    assert 1.05 < later / (len(created) - later) < 1.4
    for times in (created, [at for _, at in in_seoul(landed)]):
        weekdays = Counter(at.weekday() for at in times)
        assert max(weekdays[5], weekdays[6]) < weekdays[2] / 2


def in_seoul(landed: Landed) -> list[tuple[str, dt.datetime]]:
    """What leads in Korea did or had done to them: the type and the local time."""
    countries = {row["lead_id"]: row.get("country", "") for row in landed.leads}
    return [
        (row["activity_type"], time_of(row["occurred_at"]) + dt.timedelta(hours=9))
        for row in untouched(landed)
        if countries.get(row["lead_id"]) == "KR"
    ]


def test_calls_are_made_in_office_hours(landed: Landed) -> None:
    calls = [at for activity_type, at in in_seoul(landed) if activity_type == "call"]
    assert len(calls) > 50
    assert {at.hour for at in calls} <= set(range(9, 18))
    assert {at.weekday() for at in calls} == set(range(5))


def test_a_channel_is_a_way_to_meet_somebody(landed: Landed) -> None:
    channels = {row.get("channel", "") for row in landed.activities}
    assert channels - {""} <= {"crm", "email", "event", "phone", "product", "video", "web"}


def test_nothing_happens_after_the_last_day(landed: Landed) -> None:
    end = dt.datetime(2026, 7, 1, tzinfo=dt.UTC)
    plain = [row["occurred_at"] for row in untouched(landed)]
    assert max(map(time_of, plain)) < end
    assert max(time_of(row["signed_at"]) for row in landed.contracts) < end


def test_an_opportunity_is_created_before_anything_else_happens_to_it(landed: Landed) -> None:
    created = {r["opportunity_id"]: r["occurred_at"] for r in landed.of_type("opportunity_created")}
    for row in untouched(landed):
        opportunity_id = row.get("opportunity_id")
        if opportunity_id and opportunity_id in created:
            since = time_of(created[opportunity_id])
            assert time_of(row["occurred_at"]) >= since - dt.timedelta(days=1), row


def test_rates_are_those_of_a_b2b_company(landed: Landed) -> None:
    leads = len({row["lead_id"] for row in landed.leads})
    raised = {
        row["lead_id"]
        for kind in ("demo_request", "contact_request", "pricing_request")
        for row in landed.of_type(kind)
    }
    opportunities = {row["opportunity_id"] for row in landed.of_type("opportunity_created")}
    won = {row["opportunity_id"] for row in landed.of_type("opportunity_won")}
    assert 0.2 < len(raised) / leads < 0.5
    assert 0.15 < len(opportunities) / leads < 0.3
    assert 0.25 < len(won) / len(opportunities) < 0.5
    assert 20 < len(landed.activities) / leads < 30


def test_larger_customers_pay_more_and_take_longer(landed: Landed) -> None:
    sizes = {row["lead_id"]: row.get("employee_count", "") for row in landed.leads}
    amounts = defaultdict(list)
    for row in landed.of_type("opportunity_won"):
        if row["currency"] == "USD" and sizes.get(row["lead_id"]):
            is_large = float(sizes[row["lead_id"]]) >= 100
            amounts[is_large].append(float(row["amount"]))
    assert min(map(len, amounts.values())) > 3
    middle = {k: sorted(values)[len(values) // 2] for k, values in amounts.items()}
    assert middle[True] > 2 * middle[False]


def test_reps_are_read_from_the_seed_as_they_stand_there(tmp_path: Path) -> None:
    path = tmp_path / "reps.csv"
    path.write_text(
        "rep_id,name,team,department,manager_id,started_on,ended_on,capacity\n"
        "r1,Ann,inbound_sr,inside_sales,,2024-01-01,2025-01-01,60\n"
        "r1,Ann,smb_ae,field_sales,,2025-01-01,,40\n"
    )
    assert read_reps(path) == [
        Rep("r1", "inbound_sr", "inside_sales", dt.date(2024, 1, 1), dt.date(2025, 1, 1)),
        Rep("r1", "smb_ae", "field_sales", dt.date(2025, 1, 1), None),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "no reps at"),
        ("rep_id,team,department,started_on\nr1,csm,cs,2024-01-01\n", "no column ended_on"),
        ("rep_id,team,department,started_on,ended_on\nr1,csm,cs,May,\n", "row 1: .*YYYY-MM-DD"),
    ],
)
def test_a_broken_reps_file_is_named_in_one_line(tmp_path: Path, text: str | None, message: str) -> None:
    path = tmp_path / "reps.csv"
    if text is not None:
        path.write_text(text)
    with pytest.raises(RevloopError, match=message):
        read_reps(path)
