"""The simulated company's time: its span, when leads arrive and when people work.
Seconds since 1970 in UTC go in and come out; no machine clock is read here.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.errors import RevloopError

DAY = 86_400
EPOCH = dt.date(1970, 1, 1)
END_DATE = dt.date(2026, 7, 1)
AGE_DAYS = 730

_FIRST_UNTIL, _LAST_UNTIL = dt.date(1910, 1, 1), dt.date(2190, 1, 1)
_FIRST_SINCE = _FIRST_UNTIL - dt.timedelta(days=AGE_DAYS)
_GROWTH = 0.3
_WEEKDAY_WEIGHTS = np.array([1.1, 1.15, 1.1, 1.05, 0.9, 0.16, 0.12])
# Trade fairs in spring and autumn, holidays in summer and at the end of the year.
MONTH_WEIGHTS = np.array([0.95, 1.0, 1.08, 1.04, 1.0, 1.0, 0.93, 0.9, 1.06, 1.08, 1.05, 0.9])
_HOUR_WEIGHTS = np.array([5, 6, 6, 6, 5, 6, 7, 8, 8, 8, 7, 6, 6, 7, 8, 8, 7, 6, 5, 4, 3, 2, 2, 4], dtype=float)

# Every day's 24 hours fold into its working hours, those of the weekend into Monday's and Tuesday's.
_FOLDS_DAYS = np.array([0, 0, 0, 0, 0, 2, 2])
_OPENS, _OPEN_SECONDS = 9 * 3600, 9 * 3600

# Who answers does so at once while the office is open; what came in since it closed, by eleven.
_OFFICE_OPENS, _OFFICE_CAUGHT_UP, _OFFICE_CLOSES = 9 * 3600, 11 * 3600, 18 * 3600
_TO_MONDAY = np.array([0, 0, 0, 0, 0, 2, 1])
_CLOSED_DAYS = np.array([3, 1, 1, 1, 1])

# How many leads each day brings, against the usual ones; days since 1970.
Demand = Callable[[NDArray[np.int64]], NDArray[np.float64]]


@dataclass(frozen=True)
class Span:
    """The company's life: whole UTC days up to the midnight with which `until` begins, from `since` (or AGE_DAYS) on.

    Raises RevloopError where the feeds could not write its dates, or it is over before it is AGE_DAYS old.
    """

    until: dt.date = END_DATE
    since: dt.date | None = None

    def __post_init__(self) -> None:
        if not _FIRST_UNTIL <= self.until <= _LAST_UNTIL:
            raise RevloopError(f"No company can live until {self.until}. Name a day in 1910 to 2189.")
        usual = self.until - dt.timedelta(days=AGE_DAYS)
        if self.since and not _FIRST_SINCE <= self.since <= usual:
            raise RevloopError(
                f"No company lives from {self.since} until {self.until}. Name a first day up to {usual}."
            )

    @property
    def first_date(self) -> dt.date:
        """The first day of the company."""
        return self.since or self.until - dt.timedelta(days=AGE_DAYS)

    @property
    def first_day(self) -> int:
        """The first day, in days since 1970."""
        return (self.first_date - EPOCH).days

    @property
    def end_day(self) -> int:
        """The first day that is no longer seen, in days since 1970."""
        return (self.until - EPOCH).days

    @property
    def first(self) -> int:
        """The first second."""
        return self.first_day * DAY

    @property
    def end(self) -> int:
        """The first second that is no longer seen."""
        return self.end_day * DAY


def arrivals(
    rng: np.random.Generator, span: Span, demand: Demand, first: int, count: int, total: int
) -> NDArray[np.int64]:
    """When leads number `first` .. `first + count` of `total` arrive, in ascending order.

    The business grows over its span, as evenly in every two years, with weekdays, seasons, hours of the day and
    the demand of each day; about one lead in two hundred arrives exactly at a UTC or a Seoul midnight.
    """
    days = np.arange(span.first_day, span.end_day)
    months = (days.astype("datetime64[D]").astype("datetime64[M]").astype(int)) % 12
    weights = np.linspace(1, 1 + _GROWTH * (len(days) / AGE_DAYS), len(days))
    weights *= _WEEKDAY_WEIGHTS[weekday(days)] * MONTH_WEIGHTS[months] * demand(days)
    until = np.cumsum(weights) / weights.sum()
    places = (np.arange(first, first + count) + rng.random(count)) / total
    day = np.minimum(np.searchsorted(until, places, side="right"), len(days) - 1)
    since = np.concatenate([[0.0], until[:-1]])
    fraction = (places - since[day]) / (until[day] - since[day])
    hours_until = np.concatenate([[0.0], np.cumsum(_HOUR_WEIGHTS) / _HOUR_WEIGHTS.sum()])
    second = np.interp(fraction, hours_until, np.arange(25) * 3600.0)
    at = days[day] * DAY + np.minimum(second.astype(np.int64), DAY - 1)
    edge = rng.random(count)
    at = np.where(edge < 0.003, days[day] * DAY, at)
    at = np.where(edge > 0.998, days[day] * DAY + 15 * 3600, at)
    return np.sort(at)


def weekday(days: NDArray[np.int64]) -> NDArray[np.int64]:
    """Monday is 0."""
    return (days + 3) % 7


def working_time(at: NDArray[np.int64], offset_hours: NDArray[np.int64]) -> NDArray[np.int64]:
    """The next moment, never earlier than `at`, at which people at that UTC offset work, whenever it suits them."""
    folded = _folded(at, offset_hours)
    return np.where(folded >= at, folded, _folded(at + DAY, offset_hours))


def _folded(at: NDArray[np.int64], offset_hours: NDArray[np.int64]) -> NDArray[np.int64]:
    local = at + offset_hours * 3600
    day, second = local // DAY, local % DAY
    folded = (day + _FOLDS_DAYS[weekday(day)]) * DAY + _OPENS
    return folded + second * _OPEN_SECONDS // DAY - offset_hours * 3600


def office_time(at: NDArray[np.int64], offset_hours: NDArray[np.int64]) -> NDArray[np.int64]:
    """The earliest moment, never before `at`, at which an office at that UTC offset answers; later stays later."""
    local = at + offset_hours * 3600
    day = (local + DAY - _OFFICE_CLOSES) // DAY
    day += _TO_MONDAY[weekday(day)]
    caught_up = day * DAY + _OFFICE_CAUGHT_UP
    closed_at = (day - _CLOSED_DAYS[weekday(day)]) * DAY + _OFFICE_CLOSES
    catching_up = day * DAY + _OFFICE_OPENS
    catching_up += (local - closed_at) * (_OFFICE_CAUGHT_UP - _OFFICE_OPENS) // (caught_up - closed_at)
    return np.where(local >= caught_up, local, catching_up) - offset_hours * 3600


def month_edge(at: NDArray[np.int64], hour: int) -> NDArray[np.int64]:
    """The first instant of the next month after `at`, in the zone whose midnight is `hour` UTC."""
    month = (at // DAY).astype("datetime64[D]").astype("datetime64[M]") + 1
    first = month.astype("datetime64[D]").astype(np.int64)
    return first * DAY - (24 - hour) % 24 * 3600


def months_later(month: dt.date, months: int) -> dt.date:
    """The first day of the month so many months after that of `month`, or before it."""
    number = month.year * 12 + month.month - 1 + months
    return dt.date(number // 12, number % 12 + 1, 1)


def as_date(at: int) -> dt.date:
    """The UTC day of a second."""
    return EPOCH + dt.timedelta(days=at // DAY)


def as_text(at: int) -> str:
    """A second as the feeds write it: 2025-03-31T15:30:00Z."""
    moment = dt.datetime.fromtimestamp(at, tz=dt.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def as_second(text: str) -> int:
    """The second that `as_text` wrote."""
    return int(dt.datetime.fromisoformat(text).timestamp())
