"""Who becomes a customer, by a win or directly, and which plot its contracts follow.
How one customer's contracts go is in `contract_plots`; what customers do is in `aftercare`.
"""

import random
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ingest.simulate import opportunities
from ingest.simulate.aftercare import live_on
from ingest.simulate.clock import DAY, END, FIRST_DAY
from ingest.simulate.contract_plots import PLOT_WEIGHTS, write_book
from ingest.simulate.contracts import Book, Customer, Row
from ingest.simulate.draws import between, deal, happens
from ingest.simulate.vocabulary import UNITS_PER_DOLLAR
from ingest.simulate.world import World

_DIRECT_SHARE = 0.005
_DIRECT_AT_LEAST = 24
_EXPANSION_SHARE = 0.12


def sell(world: World, wins: list[opportunities.Won], is_first_chunk: bool) -> list[Row]:
    """Contract rows of all customers of the chunk; their activities go to the log."""
    rng = world.rng
    lead = np.concatenate([won.lead for won in wins])
    signed_at = np.concatenate([won.at for won in wins])
    signed_at = signed_at + between(rng, -0.3, 2, len(lead))
    grown = happens(rng, _EXPANSION_SHARE, np.arange(len(lead)))
    expanded_at = signed_at[grown] + between(rng, 100, 400, len(grown))
    expanded, _ = opportunities.run(world, lead[grown], expanded_at)
    customers = _winners(world, wins, signed_at, expanded)
    customers += _direct(world, _DIRECT_AT_LEAST if is_first_chunk else 0)
    books = _books(world, customers, lead)
    live_on(world, lead, books[: len(lead)])
    return [row for book in books for row in book.rows]


def _winners(
    world: World,
    wins: list[opportunities.Won],
    signed_at: NDArray[np.int64],
    expanded: opportunities.Won,
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


def _direct(world: World, at_least: int) -> list[Customer]:
    """Customers that came without a lead, such as by a reseller's order."""
    count = max(at_least, int(len(world.leads.created_at) * _DIRECT_SHARE))
    rng = world.rng
    first = max(FIRST_DAY * DAY, int(world.leads.created_at[0]))
    signed_at = rng.integers(first, max(first + 1, END - 240 * DAY), count)
    signed_at = np.minimum(signed_at, END - DAY)
    currency = deal(rng, {"USD": 0.5, "EUR": 0.3, "KRW": 0.1, "JPY": 0.1, "": 0.1}, count).texts()
    dollars = np.exp(rng.normal(6.5, 0.8, count)).tolist()
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
    plots = _plots(rng, customers[: len(lead)]) + _plots(rng, customers[len(lead) :])
    keys = rng.integers(0, 2**31, len(customers))
    keys[: len(lead)] = world.leads.key[lead]
    books = []
    for customer, plot, key in zip(customers, plots, keys, strict=True):
        book = Book(customer, partial(_owner, world, key), world.numbers.contracts, draw)
        write_book(book, plot)
        world.numbers.contracts = book.number
        books.append(book)
    return books


def _plots(rng: np.random.Generator, customers: list[Customer]) -> list[str]:
    """A plot per customer. Each comes among the earlier ones, who have time to live it through."""
    earliest_first = np.argsort([customer.signed_at for customer in customers], kind="stable")
    earlier = earliest_first[: max(len(PLOT_WEIGHTS), len(customers) // 3)]
    return deal(rng, PLOT_WEIGHTS, len(customers), earlier).texts()


def _owner(world: World, key: np.int64, at: int) -> str:
    """Who of customer success looks after a customer at a moment; empty for nobody."""
    place = int(world.roster.on_duty("csm", np.array([at]), np.array([key]))[0])
    return world.roster.rep_ids[place] if place >= 0 else ""
