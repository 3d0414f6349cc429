"""The stages of leads read a second time, signal by signal in plain Python, from the same random story.

Which signals there are is the models' word, each held by a unit test; what is strong, what opens its opportunity and
where a signal moves its lead is worked out here from the story and the seeds alone.
"""

import csv
from collections import defaultdict
from dataclasses import dataclass, field

import pytest

from tests.dbt_runs import STAGES_CSV
from tests.laws import stories
from tests.laws.conftest import OneStory

MOVES = ["opportunity_created", "opportunity_phase_changed", "opportunity_won", "opportunity_lost"]
MOVES += ["opportunity_reopened"]

Move = tuple[str | None, str, str, str, int, str | None]


@dataclass(frozen=True)
class Signal:
    """One signal of a lead, as it is read."""

    at: str
    is_explicit: int
    source: str
    stage: str


@dataclass
class Journey:
    """Where a lead is after the signals read so far, and how it came there."""

    ranks: dict[str, int]
    stage: str
    cycle: int = 1
    moves: list[Move] = field(default_factory=list)

    def hear(self, signal: Signal, *, is_strong: bool, is_opening: bool) -> None:
        """Let one more signal move the lead, or not."""
        if signal.stage == self.stage or not (signal.is_explicit or self._yields(signal.stage, is_strong)):
            return
        direction = self._direction(signal.stage, is_opening)
        self.cycle += direction == "reentry"
        self.moves.append((self.stage, signal.stage, signal.at, direction, self.cycle, signal.source))
        self.stage = signal.stage

    def _yields(self, stage: str, is_strong: bool) -> bool:
        if self.stage in self.ranks:
            return self.ranks[stage] > self.ranks[self.stage]
        if self.stage in ("recycled", "churned"):
            return stage != "captured"
        return is_strong

    def _direction(self, stage: str, is_opening: bool) -> str:
        if stage not in self.ranks:
            return "detour"
        if self.stage in ("recycled", "churned") or (self.stage == "lost" and is_opening):
            return "reentry"
        if self.stage not in self.ranks:
            return "reopen"
        path = sorted(self.ranks, key=self.ranks.__getitem__)
        steps = path.index(stage) - path.index(self.stage)
        return "forward" if steps == 1 else "skip" if steps > 1 else "backward"


def openings(story: stories.Story, as_of: str) -> set[str]:
    """The opportunity_created of which its lead, and no contract, had said anything before."""
    survivor = stories.survivors(story)
    heard: dict[tuple[str, str], list[tuple[str, str, str]]] = defaultdict(list)
    for row in stories.current_rows(story, "activities", "activity_id").values():
        is_there = row.get("is_deleted") != "true" and row["occurred_at"] <= as_of and row["lead_id"] in survivor
        if is_there and row["activity_type"] in MOVES:
            key = (survivor[row["lead_id"]], row["opportunity_id"])
            heard[key].append((row["occurred_at"], row["activity_id"], row["activity_type"]))
    signed: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for row in stories.current_rows(story, "contracts", "contract_id").values():
        if row.get("is_deleted") != "true" and row["signed_at"] <= as_of:
            signed[row["opportunity_id"]].append((row["signed_at"], row["contract_id"], "signature"))
    first = [min([*moves, *signed[opportunity_id]]) for (_, opportunity_id), moves in heard.items()]
    return {identifier for _, identifier, move in first if move == "opportunity_created"}


@pytest.mark.parametrize("as_of", ["2025-09-30T12:00:00+00:00", "2026-03-31T16:30:00+00:00"])
def test_leads_move_as_their_signals_say_one_by_one(one_story: OneStory, as_of: str) -> None:
    story, folder = one_story(as_of)
    with STAGES_CSV.open(encoding="utf-8", newline="") as file:
        ranks = {row["stage"]: int(row["rank"]) for row in csv.DictReader(file) if row["rank"]}
    kinds = {key: row["activity_type"] for key, row in stories.current_rows(story, "activities", "activity_id").items()}
    opening = openings(story, as_of)
    moment = "strftime({}, '%Y-%m-%dT%H:%M:%S+00:00')"

    signals = folder.rows_of_build(
        f"select lead_id, {moment.format('signal_at')}, is_explicit, signal_id, basis, stage, is_strong "
        "from build.intermediate.int_stage_signals "
        "inner join build.intermediate.int_stages_numbered using (stage_number)"
    )
    journeys: dict[str, Journey] = {}
    for lead_id, captured_at in folder.rows(f"select lead_id, {moment.format('captured_at')} from marts.dim_leads"):
        journeys[lead_id] = Journey(ranks, "captured", moves=[(None, "captured", captured_at, "entry", 1, None)])
    for lead_id, at, is_explicit, source, basis, stage, is_first_signed in sorted(signals):
        is_contract = basis in ("contract", "coverage")
        is_opening = not is_contract and source in opening
        is_won = not is_contract and kinds[source] == "opportunity_won"
        journeys[lead_id].hear(
            Signal(at, is_explicit, source, stage),
            is_strong=is_opening or is_won or (is_contract and is_first_signed),
            is_opening=is_opening,
        )

    moves = [move for journey in journeys.values() for move in journey.moves]
    assert sum(move[0] == "lost" and move[3] == "reentry" for move in moves) >= 10
    assert sum(move[0] in ("lost", "disqualified") and move[3] == "reopen" for move in moves) >= 5
    facts = folder.rows(
        f"select lead_id, transition_number, from_stage, to_stage, {moment.format('entered_at')}, direction, "
        "cycle_number, source_id from marts.fct_stage_transitions"
    )
    assert {row[:2]: row[2:] for row in facts} == {
        (lead_id, number): move
        for lead_id, journey in journeys.items()
        for number, move in enumerate(journey.moves, start=1)
    }
