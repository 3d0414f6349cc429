"""What one department handed the next, followed move by move in plain Python, from the same story.

Transitions, milestones and opportunities are read from the marts, which have laws of their own.
"""

import random
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.dbt_runs import DbtFolder
from tests.laws import stories
from tests.laws.conftest import Tell
from tests.laws.test_people_laws import month_end, month_of, seed

Row = dict[str, Any]
Slice = tuple[date, str, str, str]
HOUR = timedelta(hours=1)
AS_OF = datetime(2026, 3, 20, 12, tzinfo=UTC)


def story_with_rejections() -> stories.Story:
    """A random story in which a good half of what would be accepted is rejected."""
    dice = random.Random(12)
    story = stories.tell(12, 500)
    for row in story["activities"]:
        if row["activity_type"] == "opportunity_accepted" and dice.random() < 0.6:
            row["activity_type"] = "opportunity_rejected"
    return story


@pytest.fixture(scope="module")
def folder(told: Tell) -> DbtFolder:
    folder = told(story_with_rejections())
    folder.build(AS_OF.isoformat(), only="+kpi_handovers")
    return folder


def read(folder: DbtFolder, model: str, schema: str = "warehouse.marts") -> list[Row]:
    return [row for (row,) in folder.rows_of_build(f"select facts from (select * from {schema}.{model}) as facts")]


def answer(
    handed: Row, following: Row | None, answers: list[Row], ranks: dict[str, str]
) -> tuple[bool, datetime] | None:
    """Whether a handover was accepted, and when; None while it waits."""
    events = [
        (row["occurred_at"], 0, row["activity_id"], row["activity_type"] == "opportunity_accepted")
        for row in answers
        if row["occurred_at"] >= handed["entered_at"]
    ]
    if following:
        rank = ranks[following["to_stage"]]
        is_higher = bool(rank) and int(rank) > int(ranks[handed["to_stage"]])
        events.append((following["entered_at"], 1, "", is_higher))
    if not events:
        return None
    at, *_, is_accepted = min(events)
    return is_accepted, at


def median_hours(slice_: list[tuple[bool, timedelta]]) -> float | None:
    """Kaplan-Meier's: the first time at which at most half are not accepted yet."""
    left = 1.0
    for at in sorted({span for is_accepted, span in slice_ if is_accepted}):
        at_risk = sum(span >= at for _, span in slice_)
        left *= 1 - sum(is_accepted and span == at for is_accepted, span in slice_) / at_risk
        if left <= 0.5 + 1e-9:
            return at / HOUR
    return None


def cases_of(folder: DbtFolder) -> dict[Slice, list[Row]]:
    """Every handover with what came of it, by the row that counts it."""
    stages = {row["stage"]: row for row in seed("process/stages.csv")}
    ranks = {stage: row["rank"] for stage, row in stages.items()}
    path = sorted((stage for stage in stages if ranks[stage]), key=lambda stage: int(ranks[stage]))
    moves, answers, wins = defaultdict(list), defaultdict(list), defaultdict(list)
    for row in sorted(read(folder, "fct_stage_transitions"), key=lambda row: row["transition_number"]):
        moves[row["lead_id"]].append(row)
    for row in read(folder, "int_opportunity_activities", "build.intermediate"):
        if row["activity_type"] in ("opportunity_accepted", "opportunity_rejected"):
            answers[row["lead_id"]].append(row)
    for row in read(folder, "fct_opportunities"):
        if row["status"] == "won":
            wins[row["lead_id"]].append(row["closed_at"])

    cases: dict[Slice, list[Row]] = defaultdict(list)
    for lead_id, rows in moves.items():
        for number, row in enumerate(rows):
            origin = stages.get(row["from_stage"])
            target = stages[row["to_stage"]]
            if not origin or not ranks[row["to_stage"]] or origin["department"] == target["department"]:
                continue
            later = [move for move in rows[number + 1 :] if move["cycle_number"] == row["cycle_number"]]
            above = path[path.index(row["to_stage"]) + 1 :]
            # A stage that the cycle had reached before is reached anew by none but the next move.
            reached = [move["to_stage"] for move in rows[: number + 1] if move["cycle_number"] == row["cycle_number"]]
            if set(reached) & set(above):
                later = later[:1]
            went_on = [move["entered_at"] for move in later if move["to_stage"] in above]
            day = row["entered_at"].date()
            said = answer(row, rows[number + 1] if number + 1 < len(rows) else None, answers[lead_id], ranks)
            key = (month_of(day), origin["department"], target["department"], row["segment"])
            cases[key].append(
                {
                    "said": said,
                    "span": (bool(said and said[0]), (said[1] if said and said[0] else AS_OF) - row["entered_at"]),
                    "has_next": bool(above),
                    "went_on": any((at.date() - day).days < 90 for at in went_on),
                    "won": any(at >= row["entered_at"] and (at.date() - day).days < 180 for at in wins[lead_id]),
                }
            )

    return cases


def test_every_handover_is_counted_with_what_came_of_it(folder: DbtFolder) -> None:
    cases = cases_of(folder)
    found = {
        (row["period_month"], row["from_department"], row["to_department"], row["segment"]): row
        for row in read(folder, "kpi_handovers")
    }
    assert found.keys() == cases.keys()
    for key, slice_ in cases.items():
        row, verdicts = found[key], [case["said"][0] for case in slice_ if case["said"]]
        accepted, rejected = verdicts.count(True), verdicts.count(False)
        assert (row["handed"], row["accepted"], row["rejected"]) == (len(slice_), accepted, rejected), key
        assert row["accept_rate"] == (accepted / len(verdicts) if verdicts else None), key
        assert row["accept_hours_median"] == pytest.approx(median_hours([case["span"] for case in slice_])), key
        base, count, won = (
            sum(case["has_next"] for case in slice_),
            sum(case["went_on"] for case in slice_),
            sum(case["won"] for case in slice_),
        )
        is_mature = month_end(key[0]) + timedelta(days=90) <= AS_OF.date()
        assert (row["next_stage_base"], row["next_stage_count"]) == ((base, count) if is_mature else (None, None)), key
        assert row["next_stage_rate"] == (count / base if is_mature and base else None), key
        is_mature = month_end(key[0]) + timedelta(days=180) <= AS_OF.date()
        assert row["won_180d"] == (won if is_mature else None), key
        assert row["won_rate_180d"] == (won / len(slice_) if is_mature else None), key
    verdicts = [case["said"] for slice_ in cases.values() for case in slice_]
    assert {None, True, False} == {said and said[0] for said in verdicts}
