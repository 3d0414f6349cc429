"""How leads move from their first touch to an opportunity, and round again after being recycled.
Touches, opportunities and contracts have modules of their own.
"""

import numpy as np
from numpy.typing import NDArray

from ingest.simulate import opportunities, touches
from ingest.simulate.clock import DAY, office_time, working_time
from ingest.simulate.draws import Words, between, choose, evenly, happens, seconds, shifted
from ingest.simulate.outcomes import Won
from ingest.simulate.passages import Passage, together
from ingest.simulate.touches import Interest
from ingest.simulate.vocabulary import DISQUALIFY_REASONS, HAND_RAISES, POINTS, RECYCLE_REASONS
from ingest.simulate.world import World

_PASSES = 3
_CALL_ATTEMPTS = 3
_COMES_BACK = 0.55
# An interested lead is called; one that was called before is called a little sooner.
_CALLED_FROM_POINTS = (50, 35, 35)
_CALLED_UNASKED = (0.05, 0.4, 0.4)


def walk(world: World) -> list[Won]:
    """Let all leads of the chunk live their lives; the opportunities won, pass by pass."""
    count = len(world.leads.created_at)
    interest = Interest(world.span.first_day, np.zeros(count))
    passage = Passage(np.arange(count), world.leads.created_at)
    touches.begin(world, passage, interest)
    wins = []
    for number in range(_PASSES):
        if number:
            touches.come_back(world, passage, interest)
        won, passage = _one_pass(world, passage, number, interest)
        wins.append(won)
    return wins


def _one_pass(world: World, passage: Passage, number: int, interest: Interest) -> tuple[Won, Passage]:
    """From here to a win or to rest; who comes back later, and when."""
    touched = touches.draw(world, passage, number)
    interested_at = touches.crossings(interest, passage, touched, _CALLED_FROM_POINTS[number], world.span.end)
    connected, silent = _calls(world, _called(world, passage, number, interested_at, interest))
    qualified, unqualified = _meetings(world, connected)
    won, lost = opportunities.run(world, qualified.lead, qualified.at)
    disqualified, unqualified = _disqualify(world, unqualified)
    resting = [
        _recycle(world, unqualified, _put_aside(world, unqualified, "working"), 2),
        _recycle(world, silent, _put_aside(world, silent, "mql"), 2),
        _recycle(world, Passage(lost.lead, lost.at), 0.6, 30),
    ]
    recycled = together(resting)
    rest_at = np.full(len(world.leads.created_at), world.span.end)
    for part in (recycled, disqualified, Passage(won.lead, won.at), Passage(lost.lead, lost.at)):
        rest_at[part.lead] = np.minimum(rest_at[part.lead], part.at)
    touches.log(world, passage, touched, rest_at, interest)
    return won, _come_back(world, recycled)


def _come_back(world: World, recycled: Passage) -> Passage:
    """Those of the recycled that come back in time, from that moment on; until then we write to all of them."""
    rng, end = world.rng, world.span.end
    at = recycled.at + between(rng, 25, 210, len(recycled.lead))
    at = working_time(at, world.leads.offset_hours[recycled.lead])
    returns_at = np.where(rng.random(len(at)) < _COMES_BACK, at, end)
    touches.keep_in_mind(world, recycled, returns_at)
    back = np.flatnonzero(returns_at < end)
    return Passage(recycled.lead[back], returns_at[back])


def _segment(world: World, passage: Passage) -> NDArray[np.int64]:
    return world.leads.segment[passage.lead]


def _put_aside(world: World, passage: Passage, stage: str) -> NDArray[np.float64]:
    return world.process.put_aside(stage, _segment(world, passage), passage.at)


def _called(
    world: World, passage: Passage, number: int, interested_at: NDArray[np.int64], interest: Interest
) -> Passage:
    """Who inside sales calls, and when first: all who ask or show interest, most outbound leads, a few others."""
    rng, leads = world.rng, world.leads
    asked_at = np.minimum(_hand_raises(world, passage, number, interested_at, interest), interested_at)
    asks = asked_at < world.span.end
    asking = Passage(passage.lead[asks], asked_at[asks])
    quiet = passage.only(np.flatnonzero(~asks))
    chance = np.where(leads.is_outbound[quiet.lead] & (number == 0), 0.75, _CALLED_UNASKED[number])
    cold = quiet.only(happens(rng, chance, quiet.places()))
    cold.at = cold.at + between(rng, 0.1, 12, len(cold.lead))
    called = together([asking, cold])
    days = world.process.median_days("mql", _segment(world, called), called.at)
    at = called.at + seconds(rng, days, len(called.lead), 1.0)
    return Passage(called.lead, office_time(at, leads.offset_hours[called.lead]))


def _hand_raises(
    world: World, passage: Passage, number: int, interested_at: NDArray[np.int64], interest: Interest
) -> NDArray[np.int64]:
    """When each lead asks for a demo, a price or a call, if nobody called before; the end where it does not."""
    rng, leads = world.rng, world.leads
    segment = _segment(world, passage)
    chance = world.process.chance("engaged", segment, passage.at)
    pull = leads.pull[passage.lead] + 0.5 * (number > 0) - 3.0 * leads.is_outbound[passage.lead]
    rows = np.flatnonzero(world.process.goes_on(rng, shifted(chance, pull), segment, passage.at))
    raised = passage.only(rows)
    days = world.process.median_days("engaged", segment[rows], raised.at)
    at = raised.at + seconds(rng, days, len(rows), 1.0)
    at_work = working_time(at, leads.offset_hours[raised.lead])
    raised.at = np.where(rng.random(len(rows)) < 0.85, at_work, at)
    first = (raised.at < interested_at[rows]) & (raised.at < world.span.end)
    rows, raised = rows[first], raised.only(first)
    kind = choose(rng, HAND_RAISES, len(rows))
    world.log.add(raised.lead, kind, raised.at, channel="web", content_id="pricing")
    interest.add(raised.lead, np.array([POINTS[name] for name in kind.options])[kind.index], raised.at)
    # A form sent twice in one second: ties that only the id can order.
    twice = happens(rng, 0.02, raised.places())
    world.log.add(raised.lead[twice], "form_submit", raised.at[twice], channel="web")
    asked_at = np.full(len(passage.lead), world.span.end)
    asked_at[rows] = raised.at
    return asked_at


def _calls(world: World, called: Passage) -> tuple[Passage, Passage]:
    """Call until somebody answers or the attempts are used up: the reached, the silent."""
    rng, leads = world.rng, world.leads
    trying, reached = called, []
    for attempt in range(_CALL_ATTEMPTS):
        segment = _segment(world, trying)
        answers = world.process.chance("mql", segment, trying.at)
        connects = world.process.goes_on(rng, answers, segment, trying.at)
        missed = choose(rng, {"voicemail": 0.6, "no_answer": 0.35, "busy": 0.05}, len(connects))
        outcome = Words(("connected", *missed.options), np.where(connects, 0, missed.index + 1))
        actor = world.developer(trying.lead, trying.at)
        world.log.add(trying.lead, "call", trying.at, outcome=outcome, actor=actor, channel="phone")
        reached.append(trying.only(connects))
        trying = trying.only(~connects)
        wait = between(rng, 0.05, 0.35, len(trying.lead)) if attempt == 0 else between(rng, 0.4, 2, len(trying.lead))
        trying.at = office_time(trying.at + wait, leads.offset_hours[trying.lead])
    return together(reached), trying


def _meetings(world: World, connected: Passage) -> tuple[Passage, Passage]:
    """A meeting with most of those reached: who gets an opportunity, who does not."""
    rng, leads = world.rng, world.leads
    segment, pull = _segment(world, connected), leads.pull[connected.lead]
    days = world.process.median_days("working", segment, connected.at)
    at = connected.at + seconds(rng, days, len(connected.lead))
    decided_at = office_time(at, leads.offset_hours[connected.lead])
    meets = happens(rng, 0.75, connected.places())
    world.log.add(
        connected.lead[meets],
        "meeting",
        decided_at[meets],
        outcome=choose(rng, {"held": 0.82, "no_show": 0.18}, len(meets)),
        actor=world.developer(connected.lead[meets], decided_at[meets]),
        channel="video",
    )
    chance = shifted(world.process.chance("working", segment, connected.at), 0.6 * pull)
    group = segment * len(world.roster.rep_ids) + world.seller(connected.lead, connected.at)
    qualifies = world.process.goes_on(rng, chance, group, connected.at)
    later = Passage(connected.lead, decided_at + 1800)
    _send_back(world, later)
    return later.only(qualifies), later.only(~qualifies)


def _send_back(world: World, passage: Passage) -> None:
    """A rep puts the lead back by hand, one in forty."""
    back = passage.only(happens(world.rng, 0.025, passage.places()))
    world.log.add(
        back.lead,
        "stage_changed",
        back.at,
        stage=choose(world.rng, {"engaged": 0.6, "mql": 0.3, "captured": 0.1}, len(back.lead)),
        actor=world.developer(back.lead, back.at),
        channel="crm",
    )


def _disqualify(world: World, passage: Passage) -> tuple[Passage, Passage]:
    """Some never fit: these, and the others. A few of them come back to life by hand, others keep reading."""
    rng = world.rng
    rows = happens(rng, 0.18, passage.places())
    gone = Passage(passage.lead[rows], passage.at[rows] + 60)
    actor = world.developer(gone.lead, gone.at)
    reason = choose(rng, DISQUALIFY_REASONS, len(rows))
    world.log.add(gone.lead, "disqualified", gone.at, reason=reason, actor=actor, channel="crm")
    again = gone.only(evenly(rng, 0.2, np.zeros(len(rows), dtype=np.int64), gone.at))
    again.at = office_time(again.at + between(rng, 20, 120, len(again.lead)), world.leads.offset_hours[again.lead])
    world.log.add(again.lead, "form_submit", again.at - 3600, channel="web")
    _revive(world, again.only(again.places()[::2]))
    return gone, passage.only(np.setdiff1d(passage.places(), rows))


def _revive(world: World, revived: Passage) -> None:
    """Put back among the qualified by hand, called, and put aside again within the month."""
    for activity_type, later, columns in (
        ("stage_changed", 0, {"stage": "mql"}),
        ("call", 2 * 3600, {"outcome": "connected"}),
        ("recycled", 9 * DAY, {"reason": "timing"}),
    ):
        at = office_time(revived.at + later, world.leads.offset_hours[revived.lead])
        actor = world.developer(revived.lead, at)
        channel = "phone" if activity_type == "call" else "crm"
        world.log.add(revived.lead, activity_type, at, actor=actor, channel=channel, **columns)


def _recycle(world: World, passage: Passage, chance: float | NDArray[np.float64], within_days: int) -> Passage:
    """A share is recycled with a reason; the rest is left lying."""
    rng = world.rng
    recycled = passage.only(happens(rng, chance, passage.places()))
    at = recycled.at + between(rng, 0.1, within_days, len(recycled.lead))
    recycled.at = office_time(at, world.leads.offset_hours[recycled.lead])
    world.log.add(
        recycled.lead,
        "recycled",
        recycled.at,
        reason=choose(rng, RECYCLE_REASONS, len(recycled.lead)),
        actor=world.developer(recycled.lead, recycled.at),
        channel="crm",
    )
    tied = happens(rng, 0.02, recycled.places())
    world.log.add(recycled.lead[tied], "content_download", recycled.at[tied], channel="web")
    return recycled
