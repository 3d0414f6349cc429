"""Nights through a year: what a past forecast is made of stays as it was known then, and is what a rebuild gives."""

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from orchestration import refresh, steps
from orchestration.erasure import erase
from tests.laws import stories
from tests.nights.nights import Nights

FIRST_LOAD = datetime(2025, 8, 20, 3, tzinfo=UTC)
WANTED = {"lead_id": "wanted"}
WON = {
    "activity_id": "w1",
    "activity_type": "opportunity_won",
    "occurred_at": "2025-07-10",
    "opportunity_id": "w",
    "amount": "5000",
}
KEPT = """
    select forecast_as_of, segment, method, expected from marts.kpi_forecast_backtest
    where knowledge = 'then' and method <> 'model' order by all
"""


class Clock:
    """What time it is for a refresh."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """The time."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that the test sets: what is loaded is loaded at its time."""
    clock = Clock(FIRST_LOAD)
    monkeypatch.setattr(refresh, "utc_now", clock)
    monkeypatch.setattr(steps, "utc_now", clock)
    return clock


def run(nights: Nights, clock: Clock, ahead: timedelta = timedelta(0)) -> set[tuple]:
    """A night at the clock's time; what it says of origins that are known then."""
    nights.run(clock.now + ahead)
    return set(nights.workplace.rows(KEPT))


def of(day: date, kept: set[tuple]) -> set[tuple]:
    """What is kept of one origin."""
    return {row for row in kept if row[0] == day}


def won_by(day: date, kept: set[tuple]) -> Decimal:
    """What run_rate tells of the amount won in July and August: two months of a quarter of three."""
    [rate] = [expected for _, segment, method, expected in of(day, kept) if (segment, method) == ("all", "run_rate")]
    return (rate * 62 / 92).quantize(Decimal(1))


def test_what_was_known_at_a_month_end_is_kept_from_night_to_night(nights: Nights, clock: Clock) -> None:
    batches = list(stories.rearranged(stories.tell(21, 150), random.Random(21), 4))

    def land(number: int) -> None:
        stories.land(batches[number], nights.workplace.landing, f"{number}.csv")

    batches[0]["leads"].append({**WANTED, "created_at": "2025-07-01"})
    batches[0]["activities"].append({**WANTED, **WON})
    land(0)
    assert run(nights, clock) == set()
    # The next night knows more, and comes to the first month end since the first load.
    clock.now += timedelta(days=15)
    land(1)
    september = run(nights, clock)
    assert {day for day, *_ in september} == {date(2025, 8, 31)}
    assert any(expected for *_, expected in september)
    # Rows that correct what was known add two month ends and change none.
    clock.now += timedelta(days=60)
    land(2)
    november = run(nights, clock)
    assert november > september
    seen, as_of, known_at = nights.workplace.fingerprint(), clock.now, nights.known_at()
    assert seen == nights.rebuilt(as_of)
    # A month end that lies ahead of what is loaded is known as far as today, until more is loaded.
    ahead = run(nights, clock, ahead=timedelta(days=45))
    clock.now += timedelta(days=20)
    land(3)
    december = run(nights, clock, ahead=timedelta(days=26))
    assert december > november
    assert of(date(2025, 11, 30), december) != of(date(2025, 11, 30), ahead) != set()
    assert nights.workplace.fingerprint() == nights.rebuilt(clock.now + timedelta(days=26))
    assert seen == nights.rebuilt(as_of, known_at)
    assert sum(line.endswith("continued") for line in nights.told) == 4
    # Who is erased is erased from what was known then.
    erase(nights.settings, WANTED["lead_id"], None, nights.told.append)
    assert won_by(date(2025, 8, 31), set(nights.workplace.rows(KEPT))) == won_by(date(2025, 8, 31), december) - 5000
    assert nights.workplace.fingerprint() == nights.rebuilt(clock.now + timedelta(days=26))
