"""What leads read, open and visit, and when that has made them interested enough to be called.
Hand raises, calls and all that people do are in `journeys`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.simulate.clock import DAY, month_edge, office_time, working_time
from ingest.simulate.draws import Words, between, choose, seconds
from ingest.simulate.passages import Passage
from ingest.simulate.vocabulary import (
    FIRST_TOUCHES,
    POINTS,
    RETURN_ACTS,
    SOURCE_CAMPAIGNS,
    TOUCH_CAMPAIGNS,
    TOUCHES,
)
from ingest.simulate.world import World

_MEAN = (11.5, 6.0, 6.0)
_HALF_LIFE_DAYS = 30
_LETTERS = 3
_KINDS = tuple(TOUCHES)
_CHANNELS = tuple(channel for _, channel, _ in TOUCHES.values())
_CONTENTS = tuple(content for _, _, options in TOUCHES.values() for content in options)
_SIZES = np.array([len(options) for _, _, options in TOUCHES.values()])
_POINTS = np.array([POINTS.get(kind, 0) for kind in _KINDS])
_BY_US = _KINDS.index("email_sent")


@dataclass
class Interest:
    """How interested each lead of the chunk is: the behaviour score, kept as what it would be at the company's end."""

    first_day: int
    mass: NDArray[np.float64]

    def add(self, lead: NDArray[np.int64], points: NDArray[np.int64], at: NDArray[np.int64]) -> None:
        """Count acts of leads; a lead may come several times."""
        self.mass += np.bincount(lead, weights=points * self._growth(at), minlength=len(self.mass))

    def gain(self, points: NDArray[np.int64], at: NDArray[np.int64]) -> NDArray[np.float64]:
        """What acts add to the mass."""
        return points * self._growth(at)

    def score(self, mass: NDArray[np.float64], at: NDArray[np.int64]) -> NDArray[np.float64]:
        """The score that a mass is at each moment."""
        return mass / self._growth(at)

    def _growth(self, at: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.exp2((at // DAY - self.first_day) / _HALF_LIFE_DAYS)


@dataclass
class Touches:
    """Touches of a passage, by lead and time: each one's row in the passage, place in TOUCHES, moment."""

    row: NDArray[np.int64]
    kind: NDArray[np.int64]
    at: NDArray[np.int64]


def begin(world: World, passage: Passage, interest: Interest) -> None:
    """How each lead came to be known."""
    source = world.leads.source
    kinds = tuple(FIRST_TOUCHES.get(name, "page_view") for name in source.options)
    campaigns = tuple(SOURCE_CAMPAIGNS.get(name, "") for name in source.options)
    channels = tuple(TOUCHES[kind][1] for kind in kinds)
    # One in twenty visited the stand or the site before the lead was entered.
    early = world.rng.random(len(passage.lead)) < 0.05
    at = passage.at - np.where(early, between(world.rng, 0.1, 6, len(early)), 0)
    by_us = world.leads.is_outbound
    world.log.add(
        passage.lead,
        Words(kinds, source.index),
        at,
        campaign_id=Words(campaigns, source.index),
        channel=Words(channels, source.index),
        actor=np.where(by_us, world.developer(passage.lead, at), -1),
    )
    interest.add(passage.lead, np.array([POINTS.get(kind, 0) for kind in kinds])[source.index], at)


def come_back(world: World, passage: Passage, interest: Interest) -> None:
    """What brings each lead back that was put aside."""
    kind = choose(world.rng, RETURN_ACTS, len(passage.lead))
    channels = tuple(TOUCHES[name][1] for name in kind.options)
    contents = tuple(TOUCHES[name][2][-1] for name in kind.options)
    world.log.add(
        passage.lead,
        kind,
        passage.at,
        channel=Words(channels, kind.index),
        content_id=Words(contents, kind.index),
    )
    interest.add(passage.lead, np.array([POINTS[name] for name in kind.options])[kind.index], passage.at)


def keep_in_mind(world: World, resting: Passage, until: NDArray[np.int64]) -> None:
    """What we write to leads that were put aside, now and then, up to the moment of each at which it comes back."""
    rng = world.rng
    rows = np.repeat(resting.places(), _LETTERS)
    at = resting.at[rows] + between(rng, 7, 210, len(rows))
    at = office_time(at, world.leads.offset_hours[resting.lead[rows]])
    sent = np.flatnonzero(at < until[rows])
    lead, at = resting.lead[rows[sent]], at[sent]
    world.log.add(
        lead,
        "email_sent",
        at,
        actor=world.developer(lead, at),
        channel="email",
        content_id=choose(rng, {"nurture-1": 0.5, "nurture-2": 0.5}, len(lead)),
        campaign_id="cmp_newsletter",
    )


def draw(world: World, passage: Passage, number: int) -> Touches:
    """The touches of pass `number` (from 0), were it to go on for ever."""
    rng, leads = world.rng, world.leads
    expected = _MEAN[number] * np.exp(0.4 * leads.pull[passage.lead])
    counts = rng.poisson(rng.gamma(1.3, expected / 1.3))
    window = seconds(rng, 50, len(passage.lead), 0.8)
    row = np.repeat(passage.places(), counts)
    at = passage.at[row] + (window[row] * rng.random(len(row)) ** 1.5).astype(np.int64)
    # Most of it happens at work, some on a phone at night.
    at_work = working_time(at, leads.offset_hours[passage.lead[row]])
    at = np.where(rng.random(len(row)) < 0.8, at_work, at)
    edge = rng.random(len(row))
    at = np.where(edge < 0.001, month_edge(at, 0), at)
    at = np.where(edge > 0.999, month_edge(at, 15), at)
    kind = choose(rng, {name: share for name, (share, _, _) in TOUCHES.items()}, len(row)).index
    seen = np.flatnonzero(at < world.span.end)
    order = seen[np.lexsort((at[seen], row[seen]))]
    return Touches(row[order], kind[order], at[order])


def crossings(interest: Interest, passage: Passage, touches: Touches, points: float, never: int) -> NDArray[np.int64]:
    """When each lead's score first reaches so many points by a touch; `never` where it does not."""
    crossed_at = np.full(len(passage.lead), never)
    if not len(touches.row):
        return crossed_at
    scored = _POINTS[touches.kind]
    mass = np.cumsum(interest.gain(scored, touches.at))
    begins = np.searchsorted(touches.row, touches.row)
    before = np.concatenate([[0.0], mass])[begins]
    mass = mass - before + interest.mass[passage.lead[touches.row]]
    reached = np.flatnonzero((interest.score(mass, touches.at) >= points) & (scored > 0))
    rows, firsts = np.unique(touches.row[reached], return_index=True)
    crossed_at[rows] = touches.at[reached[firsts]]
    return crossed_at


def log(world: World, passage: Passage, touches: Touches, rest_at: NDArray[np.int64], interest: Interest) -> None:
    """Log the touches up to the moment from which each lead (by place) is at rest; we go on writing to it."""
    rng = world.rng
    kept = np.flatnonzero((touches.at < rest_at[passage.lead[touches.row]]) | (touches.kind == _BY_US))
    lead, kind, at = passage.lead[touches.row[kept]], touches.kind[kept], touches.at[kept]
    firsts = np.cumsum(_SIZES) - _SIZES
    content = firsts[kind] + rng.integers(0, 2**20, len(kept)) % _SIZES[kind]
    world.log.add(
        lead,
        Words(_KINDS, kind),
        at,
        campaign_id=Words(tuple(TOUCH_CAMPAIGNS.get(name, "") for name in _KINDS), kind),
        channel=Words(_CHANNELS, kind),
        content_id=Words(_CONTENTS, content),
    )
    interest.add(lead, _POINTS[kind], at)
