"""The two clocks: as_of cuts business time, known_at cuts knowledge, and neither disturbs what is published."""

from collections.abc import Callable

import pytest

from tests.conftest import Workplace

FIRST = """lead_id,created_at,updated_at,lead_source,employee_count
a,2026-01-01T00:00:00Z,2026-01-01T00:00:00Z,website,50
b,2026-01-02T00:00:00Z,2026-01-02T00:00:00Z,website,50
"""
SECOND = """lead_id,created_at,updated_at,lead_source,employee_count
a,2026-01-01T00:00:00Z,2026-01-20T00:00:00Z,seminar,5000
c,2026-01-03T00:00:00Z,2026-01-03T00:00:00Z,website,50
"""
ACTIVITIES = """activity_id,lead_id,activity_type,occurred_at
a1,a,demo_request,2026-01-10T00:00:00Z
a2,b,demo_request,2026-02-10T00:00:00Z
"""
AS_OF = "2026-02-01T00:00:00Z"


@pytest.fixture(scope="module")
def two_nights(make_workplace: Callable[[str], Workplace]) -> Workplace:
    """Two refreshes of the same as_of; the second knows a correction and one lead more."""
    workplace = make_workplace("two_nights")
    workplace.land("leads/first.csv", FIRST)
    workplace.land("activities/all.csv", ACTIVITIES)
    workplace.refresh("--as-of", AS_OF)
    (workplace.data / "first.duckdb").write_bytes(workplace.published.read_bytes())
    workplace.land("leads/second.csv", SECOND)
    workplace.refresh("--as-of", AS_OF)
    return workplace


def test_the_second_night_knows_more(two_nights: Workplace) -> None:
    leads = "select lead_id, segment, current_stage from marts.dim_leads order by 1"
    assert two_nights.rows(leads, two_nights.data / "first.duckdb") == [
        ("a", "smb", "mql"),
        ("b", "smb", "captured"),
    ]
    assert two_nights.rows(leads) == [
        ("a", "enterprise", "mql"),
        ("b", "smb", "captured"),
        ("c", "smb", "captured"),
    ]


def test_the_logged_clocks_replay_the_first_night_into_a_file(two_nights: Workplace) -> None:
    published = two_nights.published.resolve()
    refreshes = two_nights.rows("select refresh_id from marts.fct_refreshes")
    ((as_of, known_at),) = two_nights.rows(
        "select strftime(as_of, '%Y-%m-%dT%H:%M:%S.%fZ'), strftime(known_at, '%Y-%m-%dT%H:%M:%S.%fZ') "
        "from marts.fct_refreshes order by started_at limit 1"
    )
    replay = two_nights.data.parent / "replay.duckdb"
    two_nights.refresh("--as-of", as_of, "--known-at", known_at, "--out", replay)
    assert two_nights.fingerprint(replay) == two_nights.fingerprint(two_nights.data / "first.duckdb")
    assert two_nights.published.resolve() == published
    assert two_nights.rows("select refresh_id from marts.fct_refreshes") == refreshes


def test_the_same_clocks_publish_the_same_marts_whole_or_not(two_nights: Workplace) -> None:
    before = two_nights.fingerprint()
    two_nights.refresh("--as-of", AS_OF)
    assert two_nights.fingerprint() == before
    two_nights.refresh("--as-of", AS_OF, "--full")
    assert two_nights.fingerprint() == before


def test_an_earlier_as_of_sees_less_and_moving_on_sees_more(two_nights: Workplace) -> None:
    stages = "select lead_id, current_stage from marts.dim_leads order by 1"
    for as_of, seen in (
        ("2026-01-02T00:00:00Z", [("a", "captured"), ("b", "captured")]),
        ("2026-03-01T00:00:00Z", [("a", "mql"), ("b", "mql"), ("c", "captured")]),
    ):
        file = two_nights.data.parent / "as_of.duckdb"
        two_nights.refresh("--as-of", as_of, "--out", file)
        assert two_nights.rows(stages, file) == seen
