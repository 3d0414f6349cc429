"""Life of customers with the product: onboarding, use, surveys, tickets, and questions after the end.
How long a customer lasts is in its contracts; here that time is filled.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.simulate.clock import DAY, EPOCH, Span, office_time, working_time
from ingest.simulate.contracts import Book, Row
from ingest.simulate.draws import Words, between, choose, happens, seconds
from ingest.simulate.world import World

_FEATURES = {"reports": 0.5, "exports": 0.3, "api": 0.2}
_FEEDBACK = {"wish": 0.5, "praise": 0.3, "complaint": 0.2}
_SCORES = tuple(f'{{"score": {score}}}' for score in range(11))
_USES_A_WEEK, _SURVEYS_A_WEEK, _TICKETS_A_WEEK = 1.75, 0.04, 0.06
_FEEDBACKS_A_WEEK, _MEETINGS_A_WEEK = 0.02, 0.05


@dataclass(frozen=True)
class _Customers:
    """Customers with a contract, one place each; those who leave are in a worse mood before."""

    lead: NDArray[np.int64]
    since: NDArray[np.int64]
    until: NDArray[np.int64]
    mood: NDArray[np.float64]


def live_on(world: World, lead: NDArray[np.int64], books: Sequence[Book]) -> None:
    """Log what the customers do while their contracts run; `books` are those of `lead`."""
    signed = np.flatnonzero([bool(book.rows) for book in books])
    spans = [_covered(books[place].rows, world.span) for place in signed]
    until = np.array([end for _, end in spans], dtype=np.int64)
    customers = _Customers(
        lead=lead[signed],
        since=np.array([start for start, _ in spans], dtype=np.int64),
        until=until,
        mood=world.rng.normal(0, 0.6, len(signed)) - 0.5 * (until < world.span.end),
    )
    _onboard(world, customers)
    _use(world, customers)
    _answer(world, customers)
    _ask_for_help(world, customers)
    _meet(world, customers)
    _ask_again(world, customers)


def _covered(rows: Sequence[Row], span: Span) -> tuple[int, int]:
    """From the first start to the last covered day or the company's end, in seconds."""
    starts = min(dt.date.fromisoformat(str(row["starts_on"])) for row in rows)
    ends = max(_end(row, span) for row in rows)
    return (starts - EPOCH).days * DAY, (min(ends, span.until) - EPOCH).days * DAY


def _end(row: Row, span: Span) -> dt.date:
    ends = [str(row[name]) for name in ("ends_on", "cancelled_on") if name in row]
    return min((dt.date.fromisoformat(text) for text in ends), default=span.until)


def _moments(
    world: World, customers: _Customers, per_week: float | NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Places of customers and moments within their time, mostly at work, at a rate; the leaving fade away."""
    rng = world.rng
    span = np.maximum(customers.until - customers.since, 0)
    rows = np.repeat(np.arange(len(span)), rng.poisson(span / (7 * DAY) * per_week))
    fading = np.where(customers.until[rows] < world.span.end, 1.4, 1.0)
    share = rng.random(len(rows)) ** fading
    at = customers.since[rows] + (span[rows] * share).astype(np.int64)
    at_work = working_time(at, world.leads.offset_hours[customers.lead[rows]])
    return rows, np.where(rng.random(len(rows)) < 0.9, at_work, at)


def _onboard(world: World, customers: _Customers) -> None:
    rng = world.rng
    done = happens(rng, 0.86, np.arange(len(customers.lead)))
    lead = customers.lead[done]
    at = customers.since[done] + seconds(rng, 25, len(done))
    at = office_time(at, world.leads.offset_hours[lead])
    actor = world.rep("csm", lead, at)
    world.log.add(lead, "onboarding_completed", at, channel="product", actor=actor)
    valued = happens(rng, 0.8, np.arange(len(customers.lead)))
    at = customers.since[valued] + seconds(rng, 40, len(valued))
    world.log.add(customers.lead[valued], "first_value_reached", at, channel="product")


def _use(world: World, customers: _Customers) -> None:
    rows, at = _moments(world, customers, _USES_A_WEEK * np.exp(customers.mood))
    feature = choose(world.rng, _FEATURES, len(rows))
    world.log.add(customers.lead[rows], "product_used", at, channel="product", content_id=feature)


def _answer(world: World, customers: _Customers) -> None:
    rng = world.rng
    rows, at = _moments(world, customers, _SURVEYS_A_WEEK)
    score = np.clip(rng.normal(7.6 + 1.8 * customers.mood[rows], 2.0), 0, 10).astype(int)
    world.log.add(customers.lead[rows], "survey_answered", at, channel="email", details=Words(_SCORES, score))
    rows, at = _moments(world, customers, _FEEDBACKS_A_WEEK)
    kind = choose(rng, _FEEDBACK, len(rows))
    world.log.add(customers.lead[rows], "feedback_given", at, channel="email", reason=kind)


def _ask_for_help(world: World, customers: _Customers) -> None:
    rng = world.rng
    rows, at = _moments(world, customers, _TICKETS_A_WEEK * np.exp(-customers.mood))
    world.log.add(customers.lead[rows], "support_ticket_opened", at, channel="product")
    solved = happens(rng, 0.9, np.arange(len(rows)))
    lead = customers.lead[rows[solved]]
    at = office_time(at[solved] + seconds(rng, 1.2, len(solved), 1.0), world.leads.offset_hours[lead])
    actor = world.rep("csm", lead, at)
    world.log.add(lead, "support_ticket_solved", at, channel="product", actor=actor)


def _meet(world: World, customers: _Customers) -> None:
    rows, at = _moments(world, customers, _MEETINGS_A_WEEK)
    lead = customers.lead[rows]
    at = working_time(at, world.leads.offset_hours[lead])
    actor = world.rep("csm", lead, at)
    world.log.add(lead, "meeting", at, outcome="held", channel="video", actor=actor)


def _ask_again(world: World, customers: _Customers) -> None:
    """Some who left come back with a question, are called, and put aside again."""
    back = happens(world.rng, 0.3, np.flatnonzero(customers.until < world.span.end))
    lead = customers.lead[back]
    offset = world.leads.offset_hours[lead]
    at = working_time(customers.until[back] + between(world.rng, 20, 150, len(back)), offset)
    world.log.add(lead, "demo_request", at, channel="web", content_id="pricing")
    called_at = office_time(at + seconds(world.rng, 0.1, len(back)), offset)
    actor = world.developer(lead, called_at)
    world.log.add(lead, "call", called_at, outcome="connected", actor=actor, channel="phone")
    given_up_at = office_time(called_at + seconds(world.rng, 8, len(back)), offset)
    actor = world.developer(lead, given_up_at)
    world.log.add(lead, "recycled", given_up_at, reason="price", actor=actor, channel="crm")
