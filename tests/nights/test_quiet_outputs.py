"""A night with nothing new sends only what its own state moved: no rank, no age and no date of the night is news."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Workplace

NEXT_NIGHT = ("--as-of", "2026-07-02T00:00:00Z")

# Per output what tells its rows apart, and what of the marts a row is made of.
STATES = {
    "sync_crm__lead_scores": (
        "lead_id",
        "select lead_id, combined_grade, score_decile, round(opportunity_probability::decimal(18, 9), 2), score_kind, "
        "current_stage, last_buyer_act_at from marts.fct_lead_scores inner join marts.dim_leads using (lead_id)",
    ),
    "sync_crm__recycled_leads": (
        "lead_id",
        "select lead_id, pool, reason, owner_id, from_stage, entered_pool_at, new_act_type, new_act_at "
        "from marts.fct_recycling_candidates",
    ),
    "sync_crm__next_actions": (
        "record_type, record_id",
        "select record_type, record_id, trigger, evidence_id, stage, owner_id, due_at from marts.fct_next_actions",
    ),
    "sync_ads__audiences": (
        "lead_id, audience",
        "select lead_id, 'stage:' || current_stage from marts.dim_leads "
        "union all select lead_id, 'content:' || last_content_id from marts.fct_lead_scores",
    ),
}


@pytest.fixture(scope="module")
def two_nights(
    small_company: Workplace, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Callable[[str], list[tuple]], Callable[[str], list[tuple]]]:
    """How to ask the publication of a night, and that of a quiet night one day later."""
    company = small_company.copied_to(tmp_path_factory.mktemp("quiet") / "company")
    first: Path = company.published.resolve()
    company.refresh(*NEXT_NIGHT)
    return lambda query: company.rows(query, first), company.rows


def by_key(rows: list[tuple], columns: int) -> dict[tuple, tuple]:
    return {row[:columns]: row[columns:] for row in rows}


@pytest.mark.parametrize("output", STATES)
def test_only_rows_of_which_the_own_state_moved_have_another_hash(
    two_nights: tuple[Callable[[str], list[tuple]], Callable[[str], list[tuple]]], output: str
) -> None:
    key, state = STATES[output]
    columns = key.count(",") + 1
    before, after = (by_key(ask(f"select {key}, row_hash from outputs.{output}"), columns) for ask in two_nights)
    was, became = (by_key(ask(state), columns) for ask in two_nights)
    both = before.keys() & after.keys()
    changed = {row for row in both if before[row] != after[row]}
    moved = {row for row in both if was[row] != became[row]}
    assert len(both) > 20
    assert changed == moved
    assert len(changed) < 0.2 * len(both)


def test_an_action_stands_still_until_something_else_asks_for_it(
    two_nights: tuple[Callable[[str], list[tuple]], Callable[[str], list[tuple]]],
) -> None:
    columns = "record_type, record_id, trigger, evidence_id, action_id, due_at, reason_text"
    before, after = (by_key(ask(f"select {columns} from marts.fct_next_actions"), 2) for ask in two_nights)
    both = before.keys() & after.keys()
    asked_alike = {record for record in both if before[record][:2] == after[record][:2]}
    assert {record for record in asked_alike if before[record] != after[record]} == set()
    assert len(asked_alike) > 0.9 * len(both) > 100
