"""From labelled rows to a model, and what that model is worth: tried on the latest months, then made of all."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from orchestration.scoring.additive import Additive
from orchestration.scoring.bins import bins_of, codes_of
from orchestration.scoring.calibration import Calibration
from orchestration.scoring.candidates import CANDIDATES, Fit
from orchestration.scoring.frame import Column, Frame, shares
from orchestration.scoring.leaks import Leak, leaks
from orchestration.scoring.measures import log_loss

TESTED_PERIODS = 3
CALIBRATED_PERIODS = 3
LEAST_PERIODS = 7
TEST_ALONE = 0.2
FOLDS = 3


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
    """The candidate that is best on the last month starts of these rows, seen by nobody who is judged on them.

    Each fold of companies is judged, and calibrated, by what was fitted on the others.
    """
    from threadpoolctl import threadpool_limits

    everything = bins_of(frame.features)
    suspects = leaks(frame, everything)
    left_out = [leak for leak in suspects if leak.feature not in allowed]
    names = {leak.feature for leak in left_out}
    bins = {name: of_feature for name, of_feature in everything.items() if name not in names}
    codes = codes_of(bins, frame.features)
    judged = np.isin(frame.period, frame.periods[-CALIBRATED_PERIODS:])
    folds = (shares(frame.group, slice(8, 16)) * FOLDS).astype(int)
    best: tuple[float, str, Calibration] | None = None
    with threadpool_limits(1):
        for kind, candidate in candidates.items():
            calibration, loss = Calibration(), 0.0
            if is_calibrated or len(candidates) > 1:
                raw = np.full(len(frame), np.nan)
                for fold in range(FOLDS):
                    others, own = folds != fold, (folds == fold) & judged
                    if not own.any() or frame.label[others].all() or not frame.label[others].any():
                        continue
                    model = candidate(bins, codes[others], frame.label[others])
                    raw[own] = model.log_odds_of(codes[own])
                seen = ~np.isnan(raw)
                if frame.label[seen].any() and not frame.label[seen].all():
                    calibration = Calibration.of(frame.label[seen], raw[seen])
                    chance = 1 / (1 + np.exp(-calibration.log_odds(raw[seen])))
                    loss = log_loss(frame.label[seen], chance)
            if best is None or loss < best[0]:
                best = (loss, kind, calibration if is_calibrated else Calibration())
        assert best is not None
        _, kind, calibration = best
        model = candidates[kind](bins, codes, frame.label)
    kept = [leak for leak in suspects if leak.feature in allowed]
    return Fitted(kind, model.calibrated(calibration), calibration, left_out, kept)
