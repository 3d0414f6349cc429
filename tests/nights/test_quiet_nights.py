"""A night with nothing new leaves alone what would be as it was, and still shows what a rebuild from raw gives."""

import re
from datetime import timedelta

from tests.laws import stories
from tests.nights.conftest import FIRST_NIGHT
from tests.nights.nights import Nights

LEFT = re.compile(r"transform: (\d+) models and checks are left as they are")
# Across the ends of days, months and quarters, and once over all that is still to come.
STEPS = [
    timedelta(microseconds=1),
    timedelta(hours=7, minutes=30),
    timedelta(days=29),
    timedelta(days=1, hours=3),
    timedelta(days=400),
    timedelta(hours=1),
]


def test_quiet_nights_equal_a_rebuild(nights: Nights) -> None:
    story = stories.tell(7, 150)
    # What is still to come of a lead's own versions would touch it every night.
    story["leads"] = [row for row in story["leads"] if row["updated_at"] <= FIRST_NIGHT.isoformat()]
    stories.land(story, nights.workplace.landing, "all.csv")
    as_of = FIRST_NIGHT
    nights.run(as_of)
    nights.told.clear()
    for step in STEPS:
        as_of += step
        nights.run(as_of)
        assert nights.workplace.fingerprint() == nights.rebuilt(as_of), f"as of {as_of}"
    left = [int(found[1]) for line in nights.told if (found := LEFT.fullmatch(line))]
    assert len(left) == len(STEPS)
    # No lead is touched in an instant, nor when all has happened; some are in a month.
    assert left[0] == left[-1] > left[2] > 0


def test_news_after_quiet_nights_equal_a_rebuild(nights: Nights) -> None:
    told = stories.tell(8, 60)
    half = {feed: rows[: len(rows) // 2] for feed, rows in told.items()}
    stories.land(half, nights.workplace.landing, "half.csv")
    as_of = FIRST_NIGHT
    nights.run(as_of)
    for name, story in (("half", half), ("all", told)):
        stories.land(story, nights.workplace.landing, f"{name}.csv")
        for step in (timedelta(hours=1), timedelta(days=3), timedelta(days=1)):
            as_of += step
            nights.run(as_of)
        assert nights.workplace.fingerprint() == nights.rebuilt(as_of), f"{name} as of {as_of}"
