"""Opportunities as they are created: priced, planned and dealt what will become of them.
How they go on is said in `opportunities`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.simulate.clock import DAY
from ingest.simulate.draws import Words, deal
from ingest.simulate.vocabulary import CURRENCIES, PRICE_STEPS, UNITS_PER_DOLLAR
from ingest.simulate.world import World

# Dollars a month, by segment; a year of them is an opportunity's amount.
_MEDIAN_PRICE = np.array([430.0, 2_000.0, 7_500.0])
_PRICE_SPREAD = np.array([0.3, 0.25, 0.18])
_LEAST_PRICE, _GREATEST_PRICE = np.array([250.0, 1_250.0, 5_000.0]), np.array([665.0, 3_300.0, 13_300.0])
_MEDIAN_CYCLE_DAYS = np.array([30, 60, 110])
_PLOTS = {
    "plain": 0.88,
    "reopened_after_lost": 0.04,
    "reopened_after_won": 0.03,
    "closed_by_contract": 0.03,
    "won_twice": 0.02,
}


@dataclass
class Deals:
    """Opportunities under way, one place each; `amount` is twelve months at a price of whole steps."""

    lead: NDArray[np.int64]
    number: NDArray[np.int64]
    at: NDArray[np.int64]
    amount: NDArray[np.int64]
    currency: Words
    step: NDArray[np.int64]
    close_day: NDArray[np.int64]
    plot: Words

    def has_plot(self, name: str) -> NDArray[np.bool_]:
        return self.plot.index == self.plot.options.index(name)


def create(world: World, lead: NDArray[np.int64], at: NDArray[np.int64], share: float) -> Deals:
    """One deal per element of `lead`, created at `at`; `share` is what it is worth against a first one."""
    rng, leads, count = world.rng, world.leads, len(lead)
    number = np.arange(world.numbers.opportunities, world.numbers.opportunities + count)
    world.numbers.opportunities += count
    currency = Words(tuple(CURRENCIES[code] for code in leads.country.options), leads.country.index[lead])
    rate = np.array([UNITS_PER_DOLLAR[code] for code in currency.options])[currency.index]
    step = np.array([PRICE_STEPS[code] for code in currency.options])[currency.index]
    segment = leads.segment[lead]
    wider = world.process.lumpiness[segment]
    dollars = _MEDIAN_PRICE[segment] * np.exp(rng.normal(0, _PRICE_SPREAD[segment] * wider))
    dollars = share * np.clip(dollars, _LEAST_PRICE[segment] / wider, _GREATEST_PRICE[segment] * wider)
    cycle = (_MEDIAN_CYCLE_DAYS[segment] * np.exp(rng.normal(0, 0.3, count))).astype(int)
    deals = Deals(
        lead=lead,
        number=number,
        at=at,
        amount=yearly(dollars * rate, step),
        currency=currency,
        step=step,
        close_day=at // DAY + cycle,
        plot=deal(rng, _PLOTS, count, np.argsort(at, kind="stable")[: count // 3]),
    )
    has_amount = rng.random(count) < 0.95
    # An amount without a currency is in the reporting currency, which only dollars are.
    is_plain = (rng.random(count) < 0.1) & (rate == 1.0)
    world.log.add(
        lead,
        "opportunity_created",
        at,
        opportunity=number,
        actor=world.developer(lead, at),
        channel="crm",
        amount=np.where(has_amount, deals.amount, -1),
        currency=Words(currency.options, np.where(is_plain, -1, currency.index)),
        expected_close_day=deals.close_day,
    )
    return deals


def yearly(price: NDArray[np.float64], step: NDArray[np.int64]) -> NDArray[np.int64]:
    """Twelve months at that price, in whole steps of its currency."""
    return 12 * np.maximum(np.round(price / step), 1).astype(np.int64) * step
