"""From labelled rows to a model, and what that model is worth: tried on the latest months, then made of all."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from orchestration.scoring.additive import Additive
from orchestration.scoring.bins import Bins, bins_of, codes_of
from orchestration.scoring.calibration import Calibration, probability_of
from orchestration.scoring.candidates import CANDIDATES, Fit
from orchestration.scoring.frame import Column, Frame, shares
from orchestration.scoring.leaks import Leak, leaks

TESTED_PERIODS = 3
CALIBRATED_PERIODS = 3
LEAST_PERIODS = 7
TEST_ALONE = 0.2
FOLDS = 3
# Standard errors of a mean.
SURE = 2.0


@dataclass(frozen=True)
class Split:
    """Rows to fit on and rows to test on: later ones, none of which was known when the first of them began."""

    fit: Column
    test: Column

    @classmethod
    def of(cls, frame: Frame) -> "Split":
        """The last month starts against those whose outcome was known by then, without a fifth of the companies."""
        tested = frame.periods[-TESTED_PERIODS:]
        if not len(tested):
            return cls(np.zeros(0, bool), np.zeros(0, bool))
        is_settled = frame.settled_by <= tested[0]
        return cls(is_settled & (shares(frame.group) >= TEST_ALONE), frame.period >= tested[0])


@dataclass(frozen=True)
class Fitted:
    """A model, by which candidate, and which suspects were left out of it or allowed."""

    kind: str
    model: Additive
    calibration: Calibration
    left_out: list[Leak] = field(default_factory=list)
    allowed: list[Leak] = field(default_factory=list)


def fit(
    frame: Frame,
    allowed: frozenset[str] = frozenset(),
    candidates: Mapping[str, Fit] = CANDIDATES,
    *,
    is_calibrated: bool = True,
) -> Fitted:
    """The best candidate, fitted on all of these rows and calibrated on their last month starts."""
    from threadpoolctl import threadpool_limits

    everything = bins_of(frame.features)
    suspects = leaks(frame, everything)
    left_out = [leak for leak in suspects if leak.feature not in allowed]
    names = {leak.feature for leak in left_out}
    bins = {name: of_feature for name, of_feature in everything.items() if name not in names}
    codes = codes_of(bins, frame.features)
    judged = np.isin(frame.period, frame.periods[-CALIBRATED_PERIODS:])
    # One thread, so that sums are added in one order.
    with threadpool_limits(1):
        kind = _best(candidates, bins, codes, frame.label, judged)
        calibration = Calibration()
        if is_calibrated:
            folds = (shares(frame.group, slice(8, 16)) * FOLDS).astype(int)
            calibration = _calibration(candidates[kind], bins, codes, frame.label, judged, folds)
        model = candidates[kind](bins, codes, frame.label)
    kept = [leak for leak in suspects if leak.feature in allowed]
    return Fitted(kind, model.calibrated(calibration), calibration, left_out, kept)


def _best(candidates: Mapping[str, Fit], bins: Mapping[str, Bins], codes: Column, label: Column, judged: Column) -> str:
    """The first candidate, unless another one foresees the judged months surely better from those before them."""
    best, *others = candidates
    if not others or not _are_both(label[~judged]) or not _are_both(label[judged]):
        return best
    losses = {}
    for kind, candidate in candidates.items():
        chance = probability_of(candidate(bins, codes[~judged], label[~judged]).log_odds_of(codes[judged]))
        losses[kind] = -np.log(np.clip(np.where(label[judged], chance, 1 - chance), 1e-15, 1))
    for kind in others:
        gain = losses[best] - losses[kind]
        if gain.mean() > SURE * gain.std() / len(gain) ** 0.5:
            best = kind
    return best


def _calibration(
    candidate: Fit, bins: Mapping[str, Bins], codes: Column, label: Column, judged: Column, folds: Column
) -> Calibration:
    """Of the judged months: each fold of companies by what was fitted on the others, so that nobody is seen before."""
    raw = np.full(len(label), np.nan)
    for fold in range(FOLDS):
        others, own = folds != fold, (folds == fold) & judged
        if own.any() and _are_both(label[others]):
            raw[own] = candidate(bins, codes[others], label[others]).log_odds_of(codes[own])
    seen = ~np.isnan(raw)
    return Calibration.of(label[seen], raw[seen]) if seen.any() and _are_both(label[seen]) else Calibration()


def _are_both(label: Column) -> bool:
    return bool(label.any() and not label.all())
