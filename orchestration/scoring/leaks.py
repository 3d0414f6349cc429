"""Features that know too much: what tells the outcome almost alone was probably written after it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from orchestration.scoring.bins import Bins
from orchestration.scoring.frame import Column, Frame, shares
from orchestration.scoring.measures import roc_auc

# Alone, among the leads of which it is known. Honest ones seen so far end below 0.77.
SEPARATES_FROM = 0.8
# How much more often it is not known of leads with one outcome than of those with the other.
MISSING_FROM = 0.12
# Of each outcome, so that chance separates nothing.
LEAST_ROWS = 50


@dataclass(frozen=True)
class Leak:
    """A feature that is under suspicion, and why."""

    feature: str
    reason: str


def leaks(frame: Frame, bins: Mapping[str, Bins]) -> list[Leak]:
    """The suspects among the features, in the order of their names."""
    halves = shares(frame.group, slice(16, 24)) < 0.5
    found = []
    for name in sorted(bins):
        codes = bins[name].codes(frame.features[name])
        if reason := _suspicion(codes, bins[name].count, frame.label, halves):
            found.append(Leak(name, reason))
    return found


def _suspicion(codes: Column, count: int, label: Column, halves: Column) -> str | None:
    missing = codes == count - 1
    if min(label.sum(), (~label).sum()) < LEAST_ROWS:
        return None
    shares_missing = missing[label].mean(), missing[~label].mean()
    if abs(shares_missing[0] - shares_missing[1]) >= MISSING_FROM:
        return (
            f"not known of {shares_missing[0]:.0%} of the leads with an opportunity "
            f"and of {shares_missing[1]:.0%} of the others"
        )
    known = ~missing
    if min(label[known].sum(), (~label[known]).sum()) < LEAST_ROWS:
        return None
    alone = roc_auc(label[known], _rates(codes, count, label, halves)[known])
    if alone is None or alone.value < SEPARATES_FROM:
        return None
    return f"tells the outcome alone with an AUC of {alone.value:.2f}"


def _rates(codes: Column, count: int, label: Column, halves: Column) -> Column:
    """Of each row the rate of its bin in the other half of the groups."""
    score = np.zeros(len(codes))
    for half in (halves, ~halves):
        others = ~half
        rate = label[others].mean() if others.any() else 0.0
        positives = np.bincount(codes[others], weights=label[others], minlength=count) + 2 * rate
        score[half] = (positives / (np.bincount(codes[others], minlength=count) + 2))[codes[half]]
    return score
