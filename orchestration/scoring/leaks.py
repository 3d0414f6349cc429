"""Features that know too much: what tells the outcome almost alone was probably written after it.

Values tell too much if alone they order the leads well (AUC) and explain much of the outcome's variance (Brier skill).
Either may be honest. Where opportunities are rare, how lately a lead acted orders leads well; yet most of those that
act come to nothing, so that it explains little. Where they are common, an honest number explains much and orders no
better than others. Only what was written afterwards does both. A leak that is vague about a rare outcome looks like the
former and is not found.

Absence tells too much if it goes with one outcome: somebody fills in what becomes of interest. It is honest where it
says what is known beforehand: before the first act there are no days since the last one. Such an absence shows in
another feature, one that is known of every lead and is itself no suspect: that is at its least wherever this one is not
known.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from orchestration.scoring.bins import Bins
from orchestration.scoring.frame import Column, Frame, shares
from orchestration.scoring.measures import brier, roc_auc

# Alone, among the leads of which it is known.
SEPARATES_FROM = 0.8
# Of the outcome's variance, likewise. Of those that separate so well, honest ones seen so far end below 0.08 and leaks
# begin at 0.17; 0.15 takes an AUC of 0.9 where 1.6 % have the outcome.
EXPLAINS_FROM = 0.15
# How much more often it is not known of leads with one outcome than of those with the other.
MISSING_FROM = 0.12
# Of each outcome, so that chance separates nothing; and that many would lack a feature by chance where none does.
LEAST_ROWS = 50


@dataclass(frozen=True)
class Leak:
    """A feature that is under suspicion, and why."""

    feature: str
    reason: str


def leaks(frame: Frame, bins: Mapping[str, Bins]) -> list[Leak]:
    """The suspects among the features, in the order of their names."""
    if not _are_enough(frame.label):
        return []
    halves = shares(frame.group, slice(16, 24)) < 0.5
    codes = {name: bins[name].codes(frame.features[name]) for name in sorted(bins)}
    missing = {name: of_feature == bins[name].count - 1 for name, of_feature in codes.items()}
    values_tell = {
        name: _values_tell(codes[name], bins[name].count, ~missing[name], frame.label, halves) for name in codes
    }
    always_known = [
        frame.features[name] for name in codes if not (bins[name].is_text or missing[name].any() or values_tell[name])
    ]
    reasons = {name: values_tell[name] or _absence_tells(missing[name], frame.label, always_known) for name in codes}
    return [Leak(name, reason) for name, reason in reasons.items() if reason]


def _values_tell(codes: Column, count: int, known: Column, label: Column, halves: Column) -> str | None:
    if not _are_enough(label[known]):
        return None
    rates, label_known = _rates(codes, count, label, halves)[known], label[known]
    alone, variance = roc_auc(label_known, rates), label_known.mean() * (1 - label_known.mean())
    explained = 1 - brier(label_known, rates) / variance
    if alone is None or alone.value < SEPARATES_FROM or explained < EXPLAINS_FROM:
        return None
    return f"tells the outcome alone with an AUC of {alone.value:.2f} and explains {explained:.0%} of it"


def _absence_tells(missing: Column, label: Column, always_known: list[Column]) -> str | None:
    of_positives, of_negatives = missing[label].mean(), missing[~label].mean()
    if abs(of_positives - of_negatives) < MISSING_FROM or any(_shows(missing, other) for other in always_known):
        return None
    return f"not known of {of_positives:.0%} of the leads with an opportunity and of {of_negatives:.0%} of the others"


def _shows(missing: Column, other: Column) -> bool:
    """Whether the other one is at its least wherever this one is not known, and not because it always is."""
    above = other > other.min()
    return not missing[above].any() and missing.mean() * above.sum() >= LEAST_ROWS


def _are_enough(label: Column) -> bool:
    return min(label.sum(), (~label).sum()) >= LEAST_ROWS


def _rates(codes: Column, count: int, label: Column, halves: Column) -> Column:
    """Of each row the rate of its bin in the other half of the groups."""
    score = np.zeros(len(codes))
    for half in (halves, ~halves):
        others = ~half
        rate = label[others].mean() if others.any() else 0.0
        positives = np.bincount(codes[others], weights=label[others], minlength=count) + 2 * rate
        score[half] = (positives / (np.bincount(codes[others], minlength=count) + 2))[codes[half]]
    return score
