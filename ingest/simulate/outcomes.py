"""What became of opportunities, as the simulation knows it: the truth that forecasts are held against.
How they came to be won is in `opportunities`; the feeds may tell it late, twice or not at all.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.simulate.draws import Words
from ingest.simulate.process import SEGMENTS
from ingest.simulate.vocabulary import UNITS_PER_DOLLAR


@dataclass(frozen=True)
class Won:
    """Opportunities won: lead, number, moment, annual amount and its currency."""

    lead: NDArray[np.int64]
    number: NDArray[np.int64]
    at: NDArray[np.int64]
    amount: NDArray[np.int64]
    currency: Words


@dataclass(frozen=True)
class Win:
    """One opportunity that stands won: where, when (UTC), and its annual value in dollars."""

    segment: str
    won_at: dt.datetime
    dollars: float


def wins_before(end: int, won: Iterable[Won], segment: NDArray[np.int64]) -> list[Win]:
    """The wins of a chunk before a second; `segment` is that of each lead of the chunk."""
    return [
        Win(SEGMENTS[place], dt.datetime.fromtimestamp(at, tz=dt.UTC), amount / UNITS_PER_DOLLAR[currency])
        for part in won
        for place, at, amount, currency in zip(
            segment[part.lead].tolist(),
            part.at.tolist(),
            part.amount.tolist(),
            part.currency.texts(),
            strict=True,
        )
        if at < end
    ]
