"""How leads move from their first touch to an opportunity, and round again after being recycled.
Opportunities and contracts have modules of their own.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.simulate import opportunities
from ingest.simulate.clock import END, month_edge, working_time
from ingest.simulate.draws import Words, between, choose, happens, seconds, shifted
from ingest.simulate.vocabulary import (
    DISQUALIFY_REASONS,
    FIRST_TOUCHES,
    HAND_RAISES,
    RECYCLE_REASONS,
    SOURCE_CAMPAIGNS,
    TOUCH_CAMPAIGNS,
    TOUCHES,
)
from ingest.simulate.world import World

_PASSES = 3
_TOUCHES_MEAN = (14.5, 6.0, 5.0)
_CALL_ATTEMPTS = 4


@dataclass
class Passage:
    """Leads on one pass through the process: their places and the moment they have come to."""

    lead: NDArray[np.int64]
    at: NDArray[np.int64]

    def only(self, rows: NDArray) -> "Passage":
        """The same for some of the rows."""
        return Passage(self.lead[rows], self.at[rows])

    def places(self) -> NDArray[np.int64]:
        """0 .. number of leads."""
        return np.arange(len(self.lead))


def walk(world: World) -> list[opportunities.Won]:
    """Let all leads of the chunk live their lives; the opportunities won, pass by pass."""
    everyone = np.arange(len(world.leads.created_at))
    passage = Passage(everyone, world.leads.created_at)
    _first_touches(world, passage)
    wins = []
    for number in range(_PASSES):
        _touches(world, passage, _TOUCHES_MEAN[number])
        won, passage = _one_pass(world, passage, number)
        wins.append(won)
    return wins


def _first_touches(world: World, passage: Passage) -> None:
    source = world.leads.source
    kinds = tuple(FIRST_TOUCHES.get(name, "page_view") for name in source.options)
    campaigns = tuple(SOURCE_CAMPAIGNS.get(name, "") for name in source.options)
    # One in twenty visited the stand or the site before the lead was entered.
    early = world.rng.random(len(passage.lead)) < 0.05
    at = passage.at - np.where(early, between(world.rng, 0.1, 6, len(early)), 0)
    by_us = world.leads.is_outbound
    world.log.add(
        passage.lead,
        Words(kinds, source.index),
        at,
        campaign_id=Words(campaigns, source.index),
        actor=np.where(by_us, world.developer(passage.lead, at), -1),
    )


def _touches(world: World, passage: Passage, mean: float) -> None:
    rng = world.rng
    expected = mean * np.exp(0.4 * world.leads.pull[passage.lead])
    counts = rng.poisson(rng.gamma(1.3, expected / 1.3))
    window = seconds(rng, 50, len(passage.lead), 0.8)
    rows = np.repeat(passage.places(), counts)
    at = passage.at[rows] + (window[rows] * rng.random(len(rows)) ** 1.5).astype(np.int64)
    # Most of it happens at work, some on a phone at night.
    at_work = working_time(at, world.leads.offset_hours[passage.lead[rows]])
    at = np.where(rng.random(len(rows)) < 0.75, at_work, at)
    edge = rng.random(len(rows))
    at = np.where(edge < 0.001, month_edge(at, 0), at)
    at = np.where(edge > 0.999, month_edge(at, 15), at)
    kind = choose(rng, {name: share for name, (share, _, _) in TOUCHES.items()}, len(rows))
    channels = tuple(channel for _, channel, _ in TOUCHES.values())
    contents = tuple(content for _, _, options in TOUCHES.values() for content in options)
    sizes = np.array([len(options) for _, _, options in TOUCHES.values()])
    firsts = np.cumsum(sizes) - sizes
    content = firsts[kind.index] + rng.integers(0, 2**20, len(rows)) % sizes[kind.index]
    campaigns = tuple(TOUCH_CAMPAIGNS.get(name, "") for name in TOUCHES)
    world.log.add(
        passage.lead[rows],
        kind,
        at,
        campaign_id=Words(campaigns, kind.index),
        channel=Words(channels, kind.index),
        content_id=Words(contents, content),
    )


def _one_pass(world: World, passage: Passage, number: int) -> tuple[opportunities.Won, Passage]:
    """From here to a win or to rest; who comes back later, and when."""
    raised = _hand_raises(world, passage, number)
    worked = _worked(world, passage, raised)
    connected, silent = _calls(world, worked)
    qualified, unqualified = _meetings(world, connected)
    won, lost = opportunities.run(world, qualified.lead, qualified.at)
    disqualified = _disqualify(world, unqualified)
    unqualified = unqualified.only(np.setdiff1d(unqualified.places(), disqualified))
    resting = [
        _recycle(world, unqualified, 0.7, 2),
        _recycle(world, silent, 0.6, 5),
        _recycle(world, Passage(lost.lead, lost.at), 0.5, 30),
    ]
    recycled = Passage(
        np.concatenate([part.lead for part in resting]),
        np.concatenate([part.at for part in resting]),
    )
    back = recycled.only(happens(world.rng, 0.45, recycled.places()))
    returned_at = back.at + between(world.rng, 25, 210, len(back.lead))
    seen = returned_at < END
    return won, Passage(back.lead[seen], returned_at[seen])


def _hand_raises(world: World, passage: Passage, number: int) -> Passage:
    rng, leads = world.rng, world.leads
    segment = leads.segment[passage.lead]
    chance = world.process.chance("engaged", segment, passage.at)
    pull = leads.pull[passage.lead] + 0.5 * (number > 0) - 3.0 * leads.is_outbound[passage.lead]
    raised = passage.only(happens(rng, shifted(chance, pull), passage.places()))
    days = world.process.median_days("engaged", leads.segment[raised.lead], raised.at)
    raised.at = raised.at + seconds(rng, days, len(raised.lead), 1.0)
    kind = choose(rng, HAND_RAISES, len(raised.lead))
    world.log.add(raised.lead, kind, raised.at, channel="web", content_id="pricing")
    # A form sent twice in one second: ties that only the id can order.
    twice = happens(rng, 0.02, raised.places())
    world.log.add(raised.lead[twice], "form_submit", raised.at[twice], channel="web")
    return raised


def _worked(world: World, passage: Passage, raised: Passage) -> Passage:
    """Who inside sales calls: all who raised a hand, most outbound leads, a few others."""
    rng, leads = world.rng, world.leads
    quiet = passage.only(np.flatnonzero(~np.isin(passage.lead, raised.lead)))
    chance = np.where(leads.is_outbound[quiet.lead], 0.75, 0.06)
    cold = quiet.only(happens(rng, chance, quiet.places()))
    cold.at = cold.at + between(rng, 0.1, 12, len(cold.lead))
    worked = Passage(np.concatenate([raised.lead, cold.lead]), np.concatenate([raised.at, cold.at]))
    days = world.process.median_days("mql", leads.segment[worked.lead], worked.at)
    at = worked.at + seconds(rng, days, len(worked.lead), 1.2)
    worked.at = working_time(at, leads.offset_hours[worked.lead])
    return worked


def _calls(world: World, worked: Passage) -> tuple[Passage, Passage]:
    """Call until somebody answers or the attempts are used up: the reached, the silent."""
    rng, leads = world.rng, world.leads
    trying, reached = worked, []
    for _ in range(_CALL_ATTEMPTS):
        segment = leads.segment[trying.lead]
        answers = world.process.chance("mql", segment, trying.at)
        connects = rng.random(len(trying.lead)) < answers
        missed = choose(rng, {"voicemail": 0.6, "no_answer": 0.35, "busy": 0.05}, len(connects))
        outcome = Words(("connected", *missed.options), np.where(connects, 0, missed.index + 1))
        actor = world.developer(trying.lead, trying.at)
        world.log.add(trying.lead, "call", trying.at, outcome=outcome, actor=actor, channel="phone")
        reached.append(trying.only(connects))
        trying = trying.only(~connects)
        at = trying.at + between(rng, 0.8, 4, len(trying.lead))
        trying.at = working_time(at, leads.offset_hours[trying.lead])
    answered = Passage(
        np.concatenate([part.lead for part in reached]),
        np.concatenate([part.at for part in reached]),
    )
    return answered, trying


def _meetings(world: World, connected: Passage) -> tuple[Passage, Passage]:
    """A meeting with most of those reached: who gets an opportunity, who does not."""
    rng, leads = world.rng, world.leads
    segment, pull = leads.segment[connected.lead], leads.pull[connected.lead]
    days = world.process.median_days("working", segment, connected.at)
    at = connected.at + seconds(rng, days, len(connected.lead))
    decided_at = working_time(at, leads.offset_hours[connected.lead])
    meets = happens(rng, 0.75, connected.places())
    world.log.add(
        connected.lead[meets],
        "meeting",
        decided_at[meets],
        outcome=choose(rng, {"held": 0.82, "no_show": 0.18}, len(meets)),
        actor=world.developer(connected.lead[meets], decided_at[meets]),
        channel="video",
    )
    chance = world.process.chance("working", segment, connected.at)
    qualifies = rng.random(len(segment)) < shifted(chance, 0.6 * pull)
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


def _disqualify(world: World, passage: Passage) -> NDArray[np.int64]:
    """Some never fit. A few of them come back to life by hand, others keep reading."""
    rng = world.rng
    rows = happens(rng, 0.18, passage.places())
    lead, at = passage.lead[rows], passage.at[rows] + 60
    actor = world.developer(lead, at)
    reason = choose(rng, DISQUALIFY_REASONS, len(lead))
    world.log.add(lead, "disqualified", at, reason=reason, actor=actor, channel="crm")
    again = happens(rng, 0.15, np.arange(len(lead)))
    again_at = at[again] + between(rng, 20, 120, len(again))
    world.log.add(lead[again], "form_submit", again_at - 3600, channel="web")
    revived = happens(rng, 0.5, np.arange(len(again)))
    world.log.add(
        lead[again][revived],
        "stage_changed",
        again_at[revived],
        stage="mql",
        actor=world.developer(lead[again][revived], again_at[revived]),
        channel="crm",
    )
    return rows


def _recycle(world: World, passage: Passage, chance: float, within_days: int) -> Passage:
    """A share is recycled with a reason; the rest is left lying."""
    rng = world.rng
    recycled = passage.only(happens(rng, chance, passage.places()))
    at = recycled.at + between(rng, 0.1, within_days, len(recycled.lead))
    recycled.at = working_time(at, world.leads.offset_hours[recycled.lead])
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
