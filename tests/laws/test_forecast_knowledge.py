"""What was known of opportunities at a month end comes out the same whenever it is computed, whatever was learnt since.

How a story goes is said in `stories`; here it arrives bit by bit, with corrections, merges and erasures in any order.
"""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from tests.dbt_runs import DbtFolder, Project
from tests.laws import stories

LEADS = 400
BATCHES = 9
LOADS = [datetime(2025, 5, 15, tzinfo=UTC) + timedelta(weeks=5 * number) for number in range(BATCHES)]
MONTHS_LATER = "2026-04-20T00:00:00+00:00"
STEP = "int_forecast_opportunities"
COLUMNS = """
    opportunity_id, segment, created_at, status, closed_at, is_excluded, phase, phase_entered_at,
    p1_entered_at, p2_entered_at, p3_entered_at, p4_entered_at, p5_entered_at,
    amount, amount_at_close, expected_close_on, forecast_category, called_outcome, called_amount
"""
ORIGINS = ["2025-08-01", "2025-10-01", "2025-12-01", "2026-03-01"]


def _tell(seed: int) -> stories.Story:
    """A story in which people call opportunities, and leads exist before what is told of them."""
    dice = random.Random(seed)
    story = stories.tell(seed, LEADS)
    for row in story["leads"]:
        row["created_at"] = (stories.FIRST_DAY - timedelta(days=1)).isoformat()
    for row in story["activities"]:
        if row.get("opportunity_id") and row["activity_type"] in ("email_sent", "email_reply", "page_view", "call"):
            row["activity_type"] = "forecast_called"
            row["outcome"] = dice.choice(["pipeline", "best_case", "commit", "", "perhaps"])
            row["amount"] = dice.choice(["", "0", "5000"])
    return story


@pytest.fixture(scope="module")
def learnt(tmp_path_factory: pytest.TempPathFactory, parsed: Project) -> DbtFolder:
    """A data folder that learnt a story in batches, one every five weeks."""
    folder = DbtFolder(tmp_path_factory.mktemp("learnt"), parsed)
    dice = random.Random(11)
    batches = list(stories.rearranged(_tell(dice.getrandbits(32)), dice, BATCHES))
    _hurry(batches)
    for number, batch in enumerate(batches):
        stories.land(batch, folder.folder / "landing", f"{number}.csv")
        folder.load(folder.folder / "landing", LOADS[number])
    return folder


def _hurry(batches: list[stories.Story]) -> None:
    """Let what is said of every second lead arrive with the first batch after it was said."""
    for feed in batches[0]:
        late, prompt = [], []
        for batch in batches:
            for row in batch[feed]:
                (prompt if _number(row) % 2 else late).append(row)
            batch[feed] = [row for row in batch[feed] if not _number(row) % 2]
        assert late and prompt
        for row in prompt:
            said = datetime.fromisoformat(row["updated_at"])
            arrives = next((number for number, load in enumerate(LOADS) if load >= said), BATCHES - 1)
            batches[arrives][feed].append(row)


def _number(row: stories.Row) -> int:
    """The number of the lead that a row was told with."""
    identifier = row.get("activity_id") or row.get("contract_id") or row["lead_id"]
    return int(identifier.removeprefix("l").split("-")[0])


@pytest.fixture(scope="module")
def months_later(learnt: DbtFolder) -> dict[str, Sequence[tuple]]:
    """The opportunities of each origin as they come out when all is known, and those of today's knowledge."""
    learnt.build(MONTHS_LATER, only="+kpi_forecast_backtest")
    kept = {origin: _rows(learnt, f"origin_at = '{origin} 00:00:00+00' and knowledge = 'then'") for origin in ORIGINS}
    [(spans,)] = learnt.rows_of_build("select count(*) from build.intermediate.int_opportunity_spans")
    assert spans > LEADS
    kept["by today's knowledge"] = _stood(learnt, ORIGINS[1])
    kept["forecasts"] = learnt.rows(
        "select cast(forecast_as_of + 1 as varchar), segment, period_quarter, expected, p10, p90 "
        "from marts.kpi_forecast_backtest where method = 'model' and knowledge = 'then' order by all"
    )
    return kept


def _rows(folder: DbtFolder, condition: str) -> Sequence[tuple]:
    return folder.rows_of_build(
        f"select {COLUMNS} from build.intermediate.{STEP} where {condition} order by opportunity_id"
    )


def _stood(folder: DbtFolder, origin: str) -> Sequence[tuple]:
    at = f"timestamptz '{origin} 00:00:00+00'"
    return folder.rows_of_build(
        f"select {COLUMNS} from build.intermediate.int_opportunity_spans "
        f"where {at} >= stands_from and {at} < stands_until order by opportunity_id"
    )


@pytest.mark.parametrize("origin", ORIGINS)
def test_what_was_known_then_comes_out_the_same_months_later(
    learnt: DbtFolder, months_later: dict[str, Sequence[tuple]], origin: str
) -> None:
    learnt.build(f"{origin}T00:00:00+00:00", known_at=f"{origin}T00:00:00+00:00", only="+kpi_forecast")
    at_the_time = _rows(learnt, "is_current")
    assert len(at_the_time) > 25
    assert months_later[origin] == at_the_time
    forecasts = learnt.rows(
        "select cast(forecast_as_of as varchar), segment, min(period_quarter), min_by(expected, period_quarter), "
        "first(p10 order by period_quarter), first(p90 order by period_quarter) "
        "from marts.kpi_forecast group by all order by all"
    )
    assert len(forecasts) == 4
    assert [row for row in months_later["forecasts"] if row[0] == origin] == forecasts


def test_what_was_learnt_since_makes_a_difference(months_later: dict[str, Sequence[tuple]]) -> None:
    assert months_later["by today's knowledge"] != months_later[ORIGINS[1]]
