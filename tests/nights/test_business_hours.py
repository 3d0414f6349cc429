"""The examples beside the seeds of business hours and holidays, as they stand there, decide when an answer is late.

Each case has two leads that ask for a demo, for which mql gives 24 hours: one is called at the very deadline, one a
second later.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
import yaml

from tests.conftest import ROOT, Workplace

AS_OF = ("--as-of", "2026-02-01T00:00:00Z")


@dataclass(frozen=True)
class Case:
    """When a lead of a country asks, and when 24 business hours are over."""

    name: str
    country: str
    asks_at: str
    due_at: str


CASES = [
    # Wednesday 17:00 in Seoul: 1 hour, Christmas, 9 on Friday, the weekend, 9 on Monday, 5 on Tuesday.
    Case("over_christmas_and_a_weekend", "KR", "2025-12-24T08:00:00Z", "2025-12-30T05:00:00Z"),
    # Friday noon in Tokyo: 6 hours, the weekend, Culture Day, 9 on Tuesday, 9 until Wednesday closes.
    Case("until_the_day_closes", "JP", "2025-10-31T03:00:00Z", "2025-11-05T09:00:00Z"),
    # Saturday in Tokyo: 9 hours on Monday, 9 on Tuesday, 6 on Wednesday.
    Case("asked_on_a_saturday", "JP", "2025-10-11T03:00:00Z", "2025-10-15T06:00:00Z"),
    # Friday 16:00 in New York, winter time: 1 hour, 8 and 8, and 7 until Wednesday 16:00, summer time.
    Case("over_the_change_of_clocks", "US", "2025-03-07T21:00:00Z", "2025-03-12T20:00:00Z"),
    # Thursday 16:00 in New York: 1 hour, Independence Day, the weekend, 8 and 8, and 7 until Wednesday 16:00.
    Case("over_independence_day", "US", "2025-07-03T20:00:00Z", "2025-07-09T20:00:00Z"),
    # The example gives Germany no hours.
    Case("around_the_clock", "DE", "2025-10-31T12:00:00Z", "2025-11-01T12:00:00Z"),
]


def example(workplace: Workplace, seed: str) -> list[str]:
    """The rows of the example that stands beside the seed, after its header."""
    described = yaml.safe_load(workplace.seed(seed).with_suffix(".yml").read_text(encoding="utf-8"))
    header, *rows = described["seeds"][0]["config"]["meta"]["example"].splitlines()
    assert header == workplace.seed(seed).read_text(encoding="utf-8").splitlines()[0]
    return rows


@pytest.fixture(scope="module")
def answered(make_workplace: Callable[[str], Workplace]) -> Workplace:
    """A workplace with the example's hours in which every case has been answered twice."""
    workplace = make_workplace("hours")
    for seed in ("business_hours", "holidays"):
        for row in example(workplace, seed):
            workplace.add_row(seed, row)
    leads = ["lead_id,created_at,country,owner_id"]
    activities = ["activity_id,lead_id,activity_type,occurred_at,outcome,actor_id"]
    for case in CASES:
        for lead, seconds in ((f"{case.name}_in_time", 0), (f"{case.name}_late", 1)):
            answered_at = datetime.fromisoformat(case.due_at) + timedelta(seconds=seconds)
            leads.append(f"{lead},{case.asks_at},{case.country},{lead}")
            activities.append(f"{lead}_1,{lead},demo_request,{case.asks_at},,")
            activities.append(f"{lead}_2,{lead},call,{answered_at.isoformat()},connected,rep03")
    workplace.land("leads/leads.csv", "\n".join(leads) + "\n")
    workplace.land("activities/activities.csv", "\n".join(activities) + "\n")
    workplace.refresh(*AS_OF)
    return workplace


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_answer_is_late_a_second_after_the_last_business_hour(answered: Workplace, case: Case) -> None:
    kept = (
        "select deadlines, missed, past_due, open, response_hours_median from marts.kpi_sla "
        "where stage = 'mql' and owner_id = '{}'"
    )
    assert answered.rows(kept.format(f"{case.name}_in_time")) == [(1, 0, 0, 0, 24.0)]
    assert answered.rows(kept.format(f"{case.name}_late")) == [(1, 1, 0, 0, 24.0)]


def test_the_readme_shows_rows_of_the_example(answered: Workplace) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    shown = [row for row in example(answered, "business_hours") if row in readme]
    assert {row.split(",")[0] for row in shown} == {"KR", "JP", "US"}
