"""The leads that a model learns from are drawn anew each night, whosever acts are kept from night to night."""

import random
from datetime import datetime, timedelta

import duckdb

from tests.laws import stories
from tests.nights.conftest import FIRST_NIGHT
from tests.nights.nights import Nights

LEADS = 200


def drawn_halvings(nights: Nights) -> int:
    """After how many halvings of all leads few enough are left."""
    with duckdb.connect(str(nights.workplace.data / "night" / "build.duckdb"), read_only=True) as connection:
        [(halvings,)] = connection.execute(
            "select max(drawn_halvings) from intermediate.int_leads_rankable_then"
        ).fetchall()
    return halvings


def deleted(leads: range, at: datetime) -> stories.Story:
    """Leads that were deleted at an instant."""
    rows = [
        {"lead_id": f"l{lead}", "created_at": at.isoformat(), "updated_at": at.isoformat(), "is_deleted": "true"}
        for lead in leads
    ]
    return {"leads": rows, "activities": [], "contracts": []}


def test_of_fewer_leads_or_of_more_than_the_night_before_the_features_are_those_of_a_rebuild(nights: Nights) -> None:
    nights.change_var("score_training_leads", "40")
    drawn = []
    batches = list(stories.rearranged(stories.tell(7, LEADS), random.Random(7), 2))
    for number, batch in enumerate([*batches, deleted(range(LEADS * 4 // 5), FIRST_NIGHT)]):
        stories.land(batch, nights.workplace.landing, f"night-{number}.csv")
        as_of = FIRST_NIGHT + timedelta(days=number)
        nights.run(as_of)
        drawn.append(drawn_halvings(nights))
        assert nights.workplace.fingerprint() == nights.rebuilt(as_of), f"night {number}, drawn {drawn}"
    assert drawn[0] < max(drawn) > drawn[-1], drawn
    assert sum(line.endswith("is continued") for line in nights.told) == len(batches)
