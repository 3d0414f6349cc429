"""What was planted in the response to a recycling list is what kpi_recycling_uplift finds, and nothing else.

Two refreshes a company: one lists who is to be taken up again and who is held out, then both respond by chance, the
listed ones more often by what was planted, and the other, when the month is mature, says what it was worth.
"""

import csv
import datetime as dt
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random

import pytest

from ingest.feeds import FEEDS
from ingest.simulate import simulate
from ingest.simulate.reps import read_reps
from tests.dbt_runs import DBT_PROJECT, DbtFolder, Project

LEADS = 4_000
LISTED_ON = dt.date(2026, 5, 31)  # its month has no other day, as the list goes live on it
LISTED_AT = dt.datetime.combine(LISTED_ON, dt.time(), dt.UTC)
MATURE_AT = LISTED_AT + dt.timedelta(days=90)
HELD_OUT_RESPOND = 0.06
# As many held out as listed: the difference shows with the fewest leads.
VARS: dict[str, str | int] = {"recycling_started_on": LISTED_ON.isoformat(), "recycling_holdout_rate": "0.5"}

# Of a pool: how many were listed and held out, how many of either came to an opportunity, the gain, its interval.
Found = list[tuple[str, int, int, int, int, float, float, float, bool]]
# Pool and whether held out.
Planted = dict[tuple[str, bool], int]
# By seed and planted gain.
Find = Callable[[int, float], tuple[Found, Planted]]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory, parsed: Project) -> Find:
    """What the mart says of 90 days, the largest pool first, and who responded; by seed and planted gain."""
    reps = read_reps(next(DBT_PROJECT.glob("seeds/**/reps.csv")))

    @cache
    def listed(seed: int) -> tuple[DbtFolder, list[tuple[str, str, bool]]]:
        folder = tmp_path_factory.mktemp("listed")
        simulate(LEADS, folder / "landing", seed=seed, reps=reps, until=LISTED_ON)
        data = DbtFolder(folder / "data", parsed)
        data.load(folder / "landing", LISTED_AT)
        data.build(LISTED_AT.isoformat(), only="+fct_recycling_candidates", **VARS)
        columns = "lead_id, pool, is_holdout"
        rows = data.rows(f"select {columns} from marts.fct_recycling_candidates where is_eligible order by lead_id")
        return data, [(lead_id, pool, is_holdout) for lead_id, pool, is_holdout in rows]

    @cache
    def build(seed: int, gain: float) -> tuple[Found, Planted]:
        data, rows = listed(seed)
        dice = Random(seed)
        responding = [
            (lead_id, pool, is_holdout, dt.timedelta(days=dice.randrange(1, 85)))
            for lead_id, pool, is_holdout in rows
            if dice.random() < HELD_OUT_RESPOND + (0 if is_holdout else gain)
        ]
        again = DbtFolder(tmp_path_factory.mktemp("responded") / "data", parsed)
        again.store.write_bytes(data.store.read_bytes())
        landing = again.folder / "landing"
        _respond(landing, [(lead_id, later) for lead_id, _, _, later in responding])
        again.load(landing, MATURE_AT)
        again.build(MATURE_AT.isoformat(), only="+kpi_recycling_uplift", **VARS)
        pools = again.rows(
            "select pool, treated, holdout, treated_opportunities, holdout_opportunities, "
            "uplift, uplift_low, uplift_high, is_conclusive "
            "from marts.kpi_recycling_uplift "
            f"where offered_month = date '{LISTED_ON:%Y-%m}-01' and segment = 'all' and age_days = 90 "
            "order by treated + holdout desc"
        )
        return list(pools), Counter((pool, is_holdout) for _, pool, is_holdout, _ in responding)

    return build


def _respond(landing: Path, responding: list[tuple[str, dt.timedelta]]) -> None:
    path = landing / "activities" / "responses.csv"
    path.parent.mkdir(parents=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, FEEDS["activities"].column_names)
        writer.writeheader()
        for lead_id, later in responding:
            row = {"activity_id": f"response-{lead_id}", "lead_id": lead_id, "activity_type": "opportunity_created"}
            row |= {"occurred_at": (LISTED_AT + later).isoformat(), "opportunity_id": f"response-{lead_id}"}
            writer.writerow(row)


@pytest.mark.parametrize("gain", [0.0, 0.04])
@pytest.mark.parametrize("seed", [1, 2])
def test_each_response_counts_once_and_for_whom_it_is(found: Find, seed: int, gain: float) -> None:
    pools, planted = found(seed, gain)
    counted = {(pool, False): treated for pool, _, _, treated, *_ in pools}
    counted |= {(pool, True): holdout for pool, _, _, _, holdout, *_ in pools}
    assert {group: number for group, number in counted.items() if number} == planted


@pytest.mark.parametrize("seed", [1, 2])
def test_a_planted_gain_lies_in_the_interval(found: Find, seed: int) -> None:
    _, treated, holdout, _, _, _, low, high, _ = found(seed, 0.04)[0][0]
    assert min(treated, holdout) >= 100
    assert low <= 0.04 <= high


@pytest.mark.parametrize("seed", [1, 2])
def test_where_nothing_was_gained_no_gain_is_called(found: Find, seed: int) -> None:
    pools, _ = found(seed, 0.0)
    assert min(pools[0][1:3]) >= 100
    assert not [pool for pool, *_, low, _, is_conclusive in pools if is_conclusive and low > 0]
