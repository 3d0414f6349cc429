"""No few customers make or break a month of the company: those who would are let stay, or grow less.
It reads what books hold; how contracts go is in `contract_plots`.
"""

import datetime as dt
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from ingest.simulate.clock import Span, months_later
from ingest.simulate.contracts import Book, Row
from ingest.simulate.vocabulary import UNITS_PER_DOLLAR

_LEAST_CUSTOMERS = 12
# Beyond so many customers chance itself keeps the months in bounds.
_MOST_CUSTOMERS = 3_000
_LEAST_KEPT, _MOST_KEPT = 0.965, 1.1
_MOST_LOST, _MANY_CUSTOMERS = 0.018, 60
_GRACE = dt.timedelta(days=30)

Held = list[tuple[dt.date, dt.date, bool, float]]


def settle(books: list[Book], is_free: Sequence[bool], rewrite: Callable[[Book], Book], span: Span) -> None:
    """Rewrite those of the free books that move revenue beyond its bounds, until no month is out of them."""
    if len(books) > _MOST_CUSTOMERS:
        return
    ends = _month_ends(span)
    revenue = np.array([_revenue(book.rows, ends, span) for book in books]).reshape(len(books), len(ends))
    untouched = np.array(is_free, dtype=bool)
    while (worst := _worst(revenue, untouched)) is not None:
        books[worst] = rewrite(books[worst])
        revenue[worst] = _revenue(books[worst].rows, ends, span)
        untouched[worst] = False


def _worst(revenue: NDArray[np.float64], untouched: NDArray[np.bool_]) -> int | None:
    """The customer that moves the first month out of bounds most; None where all months are in, or nobody is left."""
    before, after = revenue[:, :-1], revenue[:, 1:]
    base = before.sum(axis=0)
    kept = np.where(before > 0, after, 0).sum(axis=0) / np.maximum(base, 1e-9)
    lasting = np.minimum(before, after).sum(axis=0) / np.maximum(base, 1e-9)
    customers, lost = (before > 0).sum(axis=0), ((before > 0) & (after == 0)).sum(axis=0)
    is_enough = customers >= _LEAST_CUSTOMERS
    flees = lost > np.maximum(np.where(customers < _MANY_CUSTOMERS, 1, 2), _MOST_LOST * customers)
    sinks = is_enough & ((kept < _LEAST_KEPT) | (lasting < _LEAST_KEPT - 0.01) | flees)
    jumps = is_enough & (kept > _MOST_KEPT)
    for month in np.flatnonzero(sinks | jumps):
        change = np.where((before[:, month] > 0) & untouched, after[:, month] - before[:, month], 0)
        worst = int(np.argmin(change) if sinks[month] else np.argmax(change))
        if change[worst] < 0 if sinks[month] else change[worst] > 0:
            return worst
    return None


def _month_ends(span: Span) -> list[dt.date]:
    """The last day of each month of the span, and its own last day."""
    first = span.first_date.replace(day=1)
    ends = [months_later(first, number) - dt.timedelta(days=1) for number in range(1, 40)]
    return [day for day in ends if day < span.until] + [span.until - dt.timedelta(days=1)]


def _revenue(rows: Sequence[Row], days: Sequence[dt.date], span: Span) -> list[float]:
    held = [_held(row) for row in rows]
    return [_revenue_on(day, held, span) for day in days]


def _held(row: Row) -> tuple[dt.date, dt.date, bool, float]:
    """From when, up to and without when, whether it ran out, and dollars a month."""
    until = dt.date.fromisoformat(str(row["ends_on"])) + dt.timedelta(days=1) if "ends_on" in row else dt.date.max
    cancelled_on = dt.date.fromisoformat(str(row["cancelled_on"])) if "cancelled_on" in row else dt.date.max
    dollars = float(row["mrr"]) / UNITS_PER_DOLLAR.get(str(row.get("currency", "")), 1.0)
    return dt.date.fromisoformat(str(row["starts_on"])), min(until, cancelled_on), until <= cancelled_on, dollars


def _revenue_on(day: dt.date, held: Held, span: Span) -> float:
    """What the customer pays on a day; a gap that is bridged, or may be yet, pays what came before it."""
    covering = [dollars for starts_on, until, _, dollars in held if starts_on <= day < until]
    if covering:
        return sum(covering)
    ended = [(until, dollars) for _, until, ran_out, dollars in held if ran_out and day - _GRACE <= until <= day]
    if not ended:
        return 0.0
    last = max(until for until, _ in ended)
    is_bridged = any(day < starts_on <= last + _GRACE for starts_on, _, _, _ in held)
    if is_bridged or last + _GRACE >= span.until:
        return sum(dollars for until, dollars in ended if until == last)
    return 0.0
