"""The simulated company's time: its span, when leads arrive and when people work.
Seconds since 1970 in UTC go in and come out; no machine clock is read here.
"""

import datetime as dt

import numpy as np
from numpy.typing import NDArray

DAY = 86_400
FIRST_DATE = dt.date(2024, 1, 1)
END_DATE = dt.date(2026, 7, 1)
EPOCH = dt.date(1970, 1, 1)
FIRST_DAY = (FIRST_DATE - EPOCH).days
END_DAY = (END_DATE - EPOCH).days
END = END_DAY * DAY

_GROWTH = 2.2
_WEEKDAY_WEIGHTS = np.array([1.1, 1.15, 1.1, 1.05, 0.9, 0.25, 0.2])
_MONTH_WEIGHTS = np.array([0.9, 1.0, 1.1, 1.05, 1.0, 1.0, 0.85, 0.8, 1.1, 1.15, 1.1, 0.8])
_HOUR_WEIGHTS = np.array([5, 6, 6, 6, 5, 6, 7, 8, 8, 8, 7, 6, 6, 7, 8, 8, 7, 6, 5, 4, 3, 2, 2, 4], dtype=float)

# Weekends are worked off on Monday morning; every day's 24 hours fold into its working hours,
# so that later stays later.
_FOLDS_DAYS = np.array([0, 0, 0, 0, 0, 2, 1])
_OPENS = np.array([10, 9, 9, 9, 9, 8, 9]) * 3600
_OPEN_SECONDS = np.array([8, 9, 9, 9, 9, 1, 1]) * 3600


def arrivals(rng: np.random.Generator, first: int, count: int, total: int) -> NDArray[np.int64]:
    """When leads number `first` .. `first + count` of `total` arrive, in ascending order.

    The business grows over its span, with weekdays, seasons and hours of the day; about one lead
    in two hundred arrives exactly at a UTC or a Seoul midnight.
    """
    days = np.arange(FIRST_DAY, END_DAY)
    months = (days.astype("datetime64[D]").astype("datetime64[M]").astype(int)) % 12
    weights = np.linspace(1, _GROWTH, len(days))
    weights *= _WEEKDAY_WEIGHTS[weekday(days)] * _MONTH_WEIGHTS[months]
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
    """The next moment, never earlier than `at`, at which people at that UTC offset work."""
    folded = _folded(at, offset_hours)
    return np.where(folded >= at, folded, _folded(at + DAY, offset_hours))


def _folded(at: NDArray[np.int64], offset_hours: NDArray[np.int64]) -> NDArray[np.int64]:
    local = at + offset_hours * 3600
    day, second = local // DAY, local % DAY
    which = weekday(day)
    folded = (day + _FOLDS_DAYS[which]) * DAY + _OPENS[which]
    return folded + second * _OPEN_SECONDS[which] // DAY - offset_hours * 3600


def month_edge(at: NDArray[np.int64], hour: int) -> NDArray[np.int64]:
    """The first instant of the next month after `at`, in the zone whose midnight is `hour` UTC."""
    month = (at // DAY).astype("datetime64[D]").astype("datetime64[M]") + 1
    first = month.astype("datetime64[D]").astype(np.int64)
    return first * DAY - (24 - hour) % 24 * 3600


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
