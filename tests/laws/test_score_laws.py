"""What a score sees of a lead at a moment is what had occurred by then, whatever came later, whoever else is there."""

import datetime as dt
import random
import re

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from orchestration.scoring.training_rows import OTHERS
from tests.dbt_runs import DbtFolder
from tests.laws import stories
from tests.laws.conftest import Tell
from tests.laws.test_process_laws import few, seeds

AS_OF = "2026-03-31T16:30:00+00:00"
THEN = "2025-11-01T00:00:00+00:00"
LEADS = 300

FEATURES = f"""
    select * exclude (cycle_number, has_opportunity_within_horizon)
    from marts.fct_lead_features where scored_at = timestamptz '{THEN}' order by lead_id
"""
OPTED_OUT = "select lead_id from marts.dim_leads where opted_out"
ALL_OF_A_SCORE = """
    select
        lead_id, opportunity_probability, * exclude (
            lead_id, opportunity_probability, scored_at, segment, expected_amount,
            score_rank, segment_rank, score_decile, score_order
        )
    from marts.fct_lead_scores order by lead_id
"""
SCORES = """
    select lead_id, fit_points, fit_grade, behaviour_points, behaviour_grade, last_buyer_act_at, known_feature_rate
    from marts.fct_lead_scores order by lead_id
"""


def scored_then(folder: DbtFolder) -> dict[str, tuple]:
    """The features of that moment, by lead."""
    return {row[0]: row for row in folder.rows(FEATURES)}


@few
@given(seed=seeds, dice=st.randoms(use_true_random=False))
def test_nothing_that_came_later_is_seen_neither_tonight_nor_in_what_is_learnt_from(
    told: Tell, seed: int, dice: random.Random
) -> None:
    story = stories.tell(seed, LEADS)
    other = with_another_future(story, random.Random(dice.getrandbits(32)))
    found = []
    for one in (story, other):
        folder = told(one)
        folder.build(AS_OF, only="+fct_lead_features")
        learnt = scored_then(folder)
        folder.build(THEN, only="+fct_lead_features +fct_lead_scores")
        scored = scored_then(folder)
        opted_out = {lead_id for (lead_id,) in folder.rows(OPTED_OUT)}
        # What is learnt from is what a refresh of that moment would have scored.
        assert scored == {lead: row for lead, row in learnt.items() if lead not in opted_out}
        found.append((learnt, scored, {row[0]: row for row in folder.rows(SCORES)}))
    for before, after in zip(*found, strict=True):
        both = before.keys() & after.keys()
        assert len(both) > LEADS / 10
        assert {lead: after[lead] for lead in both} == {lead: before[lead] for lead in both}


@few
@given(seed=seeds)
def test_a_lead_is_scored_alike_whoever_else_is_there(told: Tell, seed: int) -> None:
    story = stories.tell(seed, LEADS)
    together, apart = of_parts(story, {0, 1}), of_parts(story, {0})
    found = []
    for one in (together, apart):
        folder = told(one)
        folder.build(THEN, only="+fct_lead_scores")
        plant_a_model(folder, random.Random(seed))
        folder.build(THEN, only="int_lead_chances fct_lead_scores")
        found.append({row[0]: row[1:] for row in folder.rows(ALL_OF_A_SCORE)})
    among_all, among_few = found
    assert len({row[0] for row in among_few.values()}) > 10, "chances differ"
    assert among_few == {lead: row for lead, row in among_all.items() if lead in among_few}
    assert len(among_all) > 1.5 * len(among_few)


def of_parts(story: stories.Story, parts: set[int]) -> stories.Story:
    """Of a story the rows of two halves of the leads, without those that tie the one to the other, or of one half."""
    naming = ("lead_id", "merged_into_lead_id", "opportunity_id", "customer_id")
    kept = {}
    for feed, key in (("leads", "lead_id"), ("activities", "activity_id"), ("contracts", "contract_id")):
        named: dict[str, set[int]] = {}
        for row in story[feed]:
            texts = [row.get(column, "") for column in naming]
            texts += [row[key]] if feed == "contracts" else []
            numbers = [int(found[0]) for text in texts if (found := re.search(r"\d+", text))]
            named.setdefault(row[key], set()).update(number % 2 for number in numbers)
        kept[feed] = [row for row in story[feed] if len(named[row[key]]) == 1 and named[row[key]] <= parts]
    return kept


def plant_a_model(folder: DbtFolder, dice: random.Random) -> None:
    """A live model in which every feature counts."""
    with duckdb.connect(str(folder.warehouse), read_only=True) as connection:
        columns = connection.execute("describe marts.fct_lead_features").fetchall()
    features = {name: kind == "VARCHAR" for name, kind, *_ in columns if name not in OTHERS}
    rows = []
    for name, is_text in features.items():
        bounds = [(None, None, "software"), (None, None, None)] if is_text else [(None, 1, None), (1, None, None)]
        rows += [("planted", name, *bound, False, dice.gauss(0, 1)) for bound in bounds]
        rows.append(("planted", name, None, None, None, True, dice.gauss(0, 1)))
    with duckdb.connect(str(folder.night / "build.duckdb")) as connection:
        connection.execute(
            "insert into scoring.models (model_version, score_kind, is_live, intercept) "
            "values ('planted', 'model', true, -1)"
        )
        connection.executemany("insert into scoring.terms values (?, ?, ?, ?, ?, ?, ?)", rows)


def with_another_future(story: stories.Story, dice: random.Random) -> stories.Story:
    """The same story up to that moment: of what came later something is gone, something is other and something new."""
    later = dt.datetime.fromisoformat(THEN) + dt.timedelta(days=20)
    activities = []
    gone, other = drawn(story, "activities", "activity_id", "occurred_at", dice)
    for row in story["activities"]:
        if row["activity_id"] in other:
            new = {**row, "activity_id": f"{row['activity_id']}-new", "activity_type": "demo_request"}
            activities += [{**row, "activity_type": "disqualified", "actor_id": "rep13"}, new]
        elif row["activity_id"] not in gone:
            activities.append(row)
    gone, other = drawn(story, "contracts", "contract_id", "signed_at", dice)
    leads = [*story["leads"]]
    changes = {"job_title": "CEO", "industry": "software", "employee_count": "5000", "lead_source": "seminar"}
    for row in stories.current_rows(story, "leads", "lead_id").values():
        if dice.random() < 0.3:
            leads.append({**row, **changes, "updated_at": max(row["updated_at"], later.isoformat())})
    return {
        "leads": leads,
        "activities": activities,
        "contracts": [row for row in story["contracts"] if row["contract_id"] not in gone | other],
    }


def drawn(
    story: stories.Story, feed: str, key: str, time: str, dice: random.Random
) -> tuple[frozenset[str], frozenset[str]]:
    """Two parts of the keys of which all versions tell of a later time."""
    earliest: dict[str, str] = {}
    for row in story[feed]:
        earliest[row[key]] = min(row[time], earliest.get(row[key], row[time]))
    found = {identifier: dice.random() for identifier, moment in earliest.items() if moment > THEN}
    return (
        frozenset(identifier for identifier, draw in found.items() if draw < 0.3),
        frozenset(identifier for identifier, draw in found.items() if draw > 0.7),
    )
