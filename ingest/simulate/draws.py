"""Random draws that the simulated company is made of: choices, durations, shares.
Everything takes the generator to draw from; nothing here knows what is drawn.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.simulate.clock import DAY


@dataclass(frozen=True)
class Words:
    """A column of texts: each row's place in `options`, -1 for none; `sure` are rows that were dealt theirs."""

    options: tuple[str, ...]
    index: NDArray[np.int64]
    sure: tuple[int, ...] = ()

    def at(self, rows: NDArray) -> "Words":
        """The same column for some rows only."""
        return Words(self.options, self.index[rows])

    def texts(self) -> list[str]:
        """The texts themselves, empty for none."""
        return [self.options[place] if place >= 0 else "" for place in self.index.tolist()]


def choose(rng: np.random.Generator, weighted: dict[str, float], count: int) -> Words:
    """`count` independent choices among the keys, by weight."""
    until = np.cumsum(list(weighted.values()))
    index = np.searchsorted(until / until[-1], rng.random(count), side="right")
    return Words(tuple(weighted), np.minimum(index, len(weighted) - 1))


def deal(rng: np.random.Generator, weighted: dict[str, float], count: int, at_first: NDArray | None = None) -> Words:
    """Like `choose`, but every key comes at least once if there are rows enough.

    `at_first` names the rows among which each key comes once; otherwise it is any row.
    """
    index = choose(rng, weighted, count).index
    sure = rng.permutation(np.arange(count) if at_first is None else at_first)[: len(weighted)]
    index[sure] = np.arange(len(sure))
    return Words(tuple(weighted), index, tuple(sure.tolist()))


def happens(rng: np.random.Generator, chance: float | NDArray, rows: NDArray) -> NDArray:
    """Those of `rows` to which it happens; `chance` is one number or one per row."""
    return rows[rng.random(len(rows)) < chance]


def evenly(
    rng: np.random.Generator, chance: float | NDArray, group: NDArray[np.int64], at: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """To whom it happens, spread so evenly over each group and its time that every stretch of them has its share.

    Each one's own chance holds; what chance alone would add from month to month in a small company is left out.
    """
    order = np.lexsort((at, group))
    until = np.cumsum(np.broadcast_to(chance, len(at))[order]) + rng.random()
    happened = np.empty(len(at), dtype=bool)
    happened[order] = np.floor(until) > np.floor(np.concatenate([[0.0], until])[:-1]) if len(at) else []
    return happened


def seconds(
    rng: np.random.Generator, median_days: float | NDArray, count: int, spread: float = 0.7
) -> NDArray[np.int64]:
    """Log-normal durations in seconds around a median in days."""
    return (np.exp(rng.normal(0, spread, count)) * median_days * DAY).astype(np.int64) + 1


def between(rng: np.random.Generator, low: float, high: float, count: int) -> NDArray[np.int64]:
    """Uniform durations in seconds between two numbers of days."""
    return rng.integers(int(low * DAY), int(high * DAY), count)


def shifted(chance: float | NDArray, by: NDArray) -> NDArray:
    """A chance moved by log odds."""
    odds = chance / (1 - np.asarray(chance)) * np.exp(by)
    return odds / (1 + odds)
