"""Who becomes a customer, by a win or directly, and which plot its contracts follow.
How one customer's contracts go is in `contract_plots`; what customers do is in `aftercare`.
"""

import random
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ingest.simulate import contract_plots, opportunities, retention
from ingest.simulate.aftercare import live_on
from ingest.simulate.clock import DAY, office_time
from ingest.simulate.contracts import Book, Customer, Row
from ingest.simulate.draws import between, deal, evenly
from ingest.simulate.outcomes import Won
from ingest.simulate.vocabulary import UNITS_PER_DOLLAR
from ingest.simulate.world import World

_DIRECT_SHARE = 0.005
# The customers with which the company begins, and in how many days they move into its books.
_DIRECT_AT_LEAST = 24
_DIRECT_DAYS = 90
_EXPANSION_SHARE = 0.4
_EXPANSION_WORTH = 0.45
_SMALL_DOLLARS = 700.0


def sell(world: World, wins: list[Won], is_first_chunk: bool) -> list[Row]:
    """Contract rows of all customers of the chunk; their activities go to the log."""
    rng = world.rng
    lead = np.concatenate([won.lead for won in wins])
    won_at = np.concatenate([won.at for won in wins])
    signed_at = office_time(won_at + between(rng, 0, 2, len(lead)), world.leads.offset_hours[lead])
    # Some sign before the win is entered.
    signed_at = np.where(rng.random(len(lead)) < 0.15, won_at - between(rng, 0.02, 0.3, len(lead)), signed_at)
    grown = np.flatnonzero(evenly(rng, _EXPANSION_SHARE, world.leads.segment[lead], signed_at))
    expanded_at = office_time(
        signed_at[grown] + between(rng, 60, 330, len(grown)), world.leads.offset_hours[lead[grown]]
    )
    expanded, _ = opportunities.run(world, lead[grown], expanded_at, _EXPANSION_WORTH)
    customers = _winners(world, wins, signed_at, expanded)
    customers += _direct(world, is_first_chunk)
    books = _books(world, customers, lead)
    live_on(world, lead, books[: len(lead)])
    rows = []
    for book in books:
        rows += book.numbered(world.numbers.contracts)
        world.numbers.contracts += len(book.rows)
    return rows


def _winners(
    world: World,
    wins: list[Won],
    signed_at: NDArray[np.int64],
    expanded: Won,
) -> list[Customer]:
    expansions = {
        place: (_opportunity_id(number), at, amount / 12)
        for place, number, at, amount in zip(
            expanded.lead.tolist(),
            expanded.number.tolist(),
            expanded.at.tolist(),
            expanded.amount.tolist(),
            strict=True,
        )
    }
    won = [
        fields
        for part in wins
        for fields in zip(
            part.lead.tolist(),
            part.number.tolist(),
            part.amount.tolist(),
            part.currency.texts(),
            strict=True,
        )
    ]
    ids = world.leads.ids
    return [
        Customer(
            customer_id=f"K{ids[place][1:]}",
            lead_id=ids[place],
            opportunity_id=_opportunity_id(number),
            signed_at=at,
            mrr=amount / 12,
            currency=currency,
            expansion=expansions.get(place),
        )
        for (place, number, amount, currency), at in zip(won, signed_at.tolist(), strict=True)
    ]


def _opportunity_id(number: int) -> str:
    return f"O{number:09d}"


def _direct(world: World, is_first_chunk: bool) -> list[Customer]:
    """Customers that came without a lead, such as by a reseller's order."""
    rng = world.rng
    count = int(len(world.leads.created_at) * _DIRECT_SHARE)
    if is_first_chunk:
        count = max(count, _DIRECT_AT_LEAST)
    first, last = int(world.leads.created_at[0]), int(world.leads.created_at[-1])
    signed_at = rng.integers(first, max(first + 1, last), count)
    if is_first_chunk:
        signed_at[:_DIRECT_AT_LEAST] = world.span.first + between(rng, 0, _DIRECT_DAYS, _DIRECT_AT_LEAST)
    signed_at = np.minimum(office_time(signed_at, np.zeros(count, dtype=np.int64)), world.span.end - DAY)
    currency = deal(rng, {"USD": 0.5, "EUR": 0.3, "KRW": 0.1, "JPY": 0.1, "": 0.1}, count).texts()
    dollars = np.clip(np.exp(rng.normal(6.5, 0.5, count)), 250, 2_500).tolist()
    return [
        Customer(
            customer_id=f"D{world.leads.first_number + place + 1:08d}",
            lead_id="",
            opportunity_id="",
            signed_at=at,
            mrr=dollars[place] * UNITS_PER_DOLLAR.get(currency[place], 1.0),
            currency=currency[place],
        )
        for place, at in enumerate(signed_at.tolist())
    ]


def _books(world: World, customers: list[Customer], lead: NDArray[np.int64]) -> list[Book]:
    rng = world.rng
    draw = random.Random(int(rng.integers(2**62)))
    plots, is_sure = _plots(rng, customers, len(lead))
    keys = rng.integers(0, 2**31, len(customers))
    keys[: len(lead)] = world.leads.key[lead]
    books = []
    for customer, plot, key in zip(customers, plots, keys, strict=True):
        book = Book(customer, partial(_owner, world, key), draw, world.span)
        book.customer = replace(customer, mrr=book.priced(customer.mrr))
        contract_plots.write_book(book, contract_plots.plot_named(plot))
        books.append(book)
    is_free = [
        not sure or _dollars(customer) > _SMALL_DOLLARS for sure, customer in zip(is_sure, customers, strict=True)
    ]
    retention.settle(books, is_free, _steadied, world.span)
    return books


def _steadied(book: Book) -> Book:
    """The same customer, who stays."""
    steady = Book(book.customer, book.owner, book.random, book.span)
    contract_plots.write_book(steady, contract_plots.steady)
    return steady


def _plots(rng: np.random.Generator, customers: list[Customer], winners: int) -> tuple[list[str], list[bool]]:
    """A plot per customer, and who has one for sure: each plot comes among the winners who pay little and came early,
    who have time to live it through and move no month of the company."""
    weights = contract_plots.PLOT_WEIGHTS
    order = sorted(
        range(winners), key=lambda place: (_dollars(customers[place]) > _SMALL_DOLLARS, customers[place].signed_at)
    )
    earlier = np.array(order[: max(len(weights), winners // 3)], dtype=np.int64)
    plots = deal(rng, weights, len(customers), earlier)
    sure = set(plots.sure)
    return plots.texts(), [place in sure for place in range(len(customers))]


def _dollars(customer: Customer) -> float:
    return customer.mrr / UNITS_PER_DOLLAR.get(customer.currency, 1.0)


def _owner(world: World, key: np.int64, at: int) -> str:
    """Who of customer success looks after a customer at a moment; empty for nobody."""
    place = int(world.roster.on_duty("csm", np.array([at]), np.array([key]))[0])
    return world.roster.rep_ids[place] if place >= 0 else ""
