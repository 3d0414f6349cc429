"""One opportunity told by several leads: a night that touches one of them says what a rebuild says."""

from collections.abc import Callable
from datetime import UTC, datetime

from tests.conftest import Workplace
from tests.laws import stories
from tests.nights.test_increments import Nights

AS_OF = datetime(2025, 6, 1, tzinfo=UTC)
Tell = Callable[[str], list[stories.Story]]


def leads(group: str, name: str, updated_at: str, **columns: str) -> stories.Story:
    row = {"lead_id": f"{name} {group}", "created_at": "2025-01-01", "updated_at": updated_at, **columns}
    return {"leads": [row]}


def acts(group: str, act: str, name: str, kind: str, at: str, updated_at: str, **columns: str) -> stories.Story:
    row = {"activity_id": f"{act} {group}", "lead_id": f"{name} {group}", "activity_type": kind, "occurred_at": at}
    return {"activities": [{**row, "opportunity_id": group, "updated_at": updated_at, **columns}]}


def contracts(group: str, opportunity_id: str, updated_at: str) -> stories.Story:
    row = {"contract_id": f"of {group}", "customer_id": f"k {group}", "signed_at": "2025-02-20", "mrr": "10"}
    return {
        "contracts": [{**row, "starts_on": "2025-03-01", "opportunity_id": opportunity_id, "updated_at": updated_at}]
    }


def together(parts: list[stories.Story]) -> stories.Story:
    return {
        feed: [row for part in parts for row in part.get(feed, [])] for feed in ("leads", "activities", "contracts")
    }


def first(group: str) -> list[stories.Story]:
    """Anna opens an opportunity after a touch, Ben moves it; Cleo and Dora have nothing to do with it yet."""
    return [
        *(leads(group, name, "2025-01-02", employee_count="5") for name in ("anna", "ben", "cleo", "dora")),
        acts(group, "visit", "anna", "form_submit", "2025-01-20", "2025-01-20", opportunity_id="", campaign_id="c"),
        acts(group, "mail", "ben", "email_reply", "2025-01-15", "2025-01-15", opportunity_id=""),
        acts(group, "opens", "anna", "opportunity_created", "2025-02-01", "2025-02-01", amount="100"),
        acts(group, "moves", "ben", "opportunity_phase_changed", "2025-02-05", "2025-02-05", stage="p3"),
    ]


def named_earlier(group: str, name: str, updated_at: str, **columns: str) -> stories.Story:
    return acts(group, "earlier", name, "opportunity_accepted", "2025-01-30", updated_at, actor_id="rep03", **columns)


WORKED_ANEW = "of a lost lead that is worked anew, and signed before its creation after all"

# What happens in one night and in the next: each to an opportunity of its own.
NIGHTS: dict[str, tuple[Tell, Tell]] = {
    "named earlier by ben, and by cleo after all": (
        lambda group: [named_earlier(group, "ben", "2025-01-30")],
        lambda group: [named_earlier(group, "cleo", "2025-02-10")],
    ),
    "named earlier by cleo, and by nobody after all": (
        lambda group: [named_earlier(group, "cleo", "2025-01-30")],
        lambda group: [named_earlier(group, "cleo", "2025-02-10", is_deleted="true")],
    ),
    "proved by dora, who is merged into cleo": (
        lambda group: [acts(group, "proof", "dora", "problem_confirmed", "2025-02-07", "2025-02-07")],
        lambda group: [leads(group, "dora", "2025-03-05", merged_into_lead_id=f"cleo {group}")],
    ),
    "lost by ben, who is merged into cleo": (
        lambda group: [acts(group, "ends", "ben", "opportunity_lost", "2025-03-01", "2025-03-01", amount="70")],
        lambda group: [leads(group, "ben", "2025-03-05", merged_into_lead_id=f"cleo {group}")],
    ),
    "won by a contract, which was of another one": (
        lambda group: [contracts(group, group, "2025-03-02")],
        lambda group: [contracts(group, "another", "2025-03-03")],
    ),
    WORKED_ANEW: (
        lambda group: [
            acts(group, "ends", "cleo", "opportunity_lost", "2025-02-10", "2025-02-10", opportunity_id="old"),
            acts(group, "again", "cleo", "opportunity_created", "2025-02-25", "2025-02-25", opportunity_id="new"),
        ],
        lambda group: [contracts(group, "new", "2025-03-03")],
    ),
    "of a lead that had been large, and is erased": (
        lambda group: [leads(group, "anna", "2025-01-01T12:00:00Z", employee_count="5000")],
        lambda group: [leads(group, "anna", "2025-03-06", is_deleted="true")],
    ),
    "of a lead that had been large and is merged": (
        lambda group: [leads(group, "ben", "2025-01-01T12:00:00Z", employee_count="5000")],
        lambda group: [leads(group, "anna", "2025-03-06", merged_into_lead_id=f"ben {group}")],
    ),
}


def test_a_night_that_touches_one_lead_tells_the_whole_opportunity(workplace: Workplace) -> None:
    nights = Nights(workplace)
    stories.land(together([part for group in NIGHTS for part in first(group)]), workplace.landing, "first.csv")
    nights.run(AS_OF)
    for number in range(2):
        parts = [part for group, tells in NIGHTS.items() for part in tells[number](group)]
        stories.land(together(parts), workplace.landing, f"{number}.csv")
        nights.run(AS_OF)
        assert workplace.fingerprint() == nights.rebuilt(AS_OF), number
        reentries = workplace.rows("select lead_id from marts.fct_stage_transitions where direction = 'reentry'")
        assert [lead for (lead,) in reentries] == ([f"cleo {WORKED_ANEW}"] if number == 0 else [])
