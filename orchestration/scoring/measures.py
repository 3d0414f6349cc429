"""How good a list or a probability was, measured on what came. A measure that cannot be had is None."""

from dataclasses import dataclass

import numpy as np

from orchestration.scoring.frame import Column

Z = 1.959963984540054
BINS = 10


@dataclass(frozen=True)
class Interval:
    """An estimate and where the truth lies with 95 % confidence."""

    value: float
    low: float
    high: float


def _mid_ranks(score: Column) -> Column:
    """Places from 1 in ascending order; equal scores share the mean of theirs."""
    _, places, counts = np.unique(score, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[places]


def roc_auc(label: Column, score: Column) -> Interval | None:
    """The area under the ROC curve with DeLong's interval, None without both outcomes."""
    positives, negatives = int(label.sum()), int((~label).sum())
    if not positives or not negatives:
        return None
    ranks = _mid_ranks(score)
    above = (ranks[label] - _mid_ranks(score[label])) / negatives
    below = 1 - (ranks[~label] - _mid_ranks(score[~label])) / positives
    area = float(above.mean())
    variance = sum(float(part.var(ddof=1)) / len(part) for part in (above, below) if len(part) > 1)
    reach = Z * variance**0.5
    return Interval(area, max(0.0, area - reach), min(1.0, area + reach))


@dataclass(frozen=True)
class _Descending:
    """Rows by score, the best first, equal scores together."""

    rows: Column
    positives: Column

    @classmethod
    def of(cls, label: Column, score: Column) -> "_Descending":
        _, places = np.unique(-score, return_inverse=True)
        return cls(np.bincount(places), np.bincount(places, weights=label))


def pr_auc(label: Column, score: Column) -> float | None:
    """Average precision, None without positives."""
    if not label.any():
        return None
    sorted_rows = _Descending.of(label, score)
    found = np.cumsum(sorted_rows.positives)
    precision = found / np.cumsum(sorted_rows.rows)
    return float((sorted_rows.positives * precision).sum() / found[-1])


def capture(label: Column, score: Column, share: float) -> float | None:
    """Of the positives those in this share of the rows, the best first; equal scores count in proportion."""
    if not label.any():
        return None
    sorted_rows = _Descending.of(label, score)
    ends = np.concatenate([[0], np.cumsum(sorted_rows.rows)])
    found = np.concatenate([[0], np.cumsum(sorted_rows.positives)])
    return float(np.interp(share * len(label), ends, found) / found[-1])


def brier(label: Column, probability: Column) -> float:
    """The mean squared distance of probability and outcome."""
    return float(np.mean((probability - label) ** 2))


def log_loss(label: Column, probability: Column) -> float:
    """The mean of minus the logarithm of the probability that was given to what came."""
    given = np.clip(np.where(label, probability, 1 - probability), 1e-15, 1)
    return float(-np.log(given).mean())


def equal_count_bins(probability: Column) -> Column:
    """The bin of each row from 1 to 10, by probability; equal ones together, where the first of them falls."""
    order = np.argsort(probability, kind="stable")
    bins = np.empty(len(probability), int)
    bins[order] = np.arange(len(probability)) * BINS // max(len(probability), 1) + 1
    values, places = np.unique(probability, return_inverse=True)
    first = np.full(len(values), BINS)
    np.minimum.at(first, places, bins)
    return first[places]


def calibration_error(label: Column, probability: Column) -> float:
    """Of ten bins of as many rows the distance of mean probability and observed rate, weighted by their rows."""
    bins = equal_count_bins(probability)
    counts = np.bincount(bins)
    distance = np.abs(np.bincount(bins, weights=probability) - np.bincount(bins, weights=label))
    return float(distance.sum() / counts.sum())


def stability_index(before: Column, after: Column, count: int) -> float:
    """How far the shares of bins moved: the sum of the differences times the logarithms of the quotients.

    Half a row is added to each bin, so that an empty one is no infinity.
    """
    shares = [(np.bincount(codes, minlength=count) + 0.5) / (len(codes) + 0.5 * count) for codes in (before, after)]
    return float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())


def wilson(positives: float, count: float) -> tuple[float, float]:
    """Wilson's interval of a rate."""
    reach = Z * np.sqrt(Z * Z + 4 * positives * (count - positives) / count)
    low, high = ((2 * positives + Z * Z + sign * reach) / (2 * (count + Z * Z)) for sign in (-1, 1))
    return (0.0 if positives == 0 else float(low)), (1.0 if positives == count else float(high))
