"""From log-odds to probabilities that come true: a slope and an offset, found on rows that the model did not see."""

from dataclasses import dataclass

import numpy as np

from orchestration.scoring.frame import Column

STEPS = 50
CONVERGED = 1e-10
RIDGE = 1e-9
LEAST_SLOPE = 0.01


@dataclass(frozen=True)
class Calibration:
    """Platt's map: log-odds times a slope, which is above 0, plus an offset."""

    slope: float = 1.0
    offset: float = 0.0

    def log_odds(self, raw: Column) -> Column:
        """Calibrated log-odds."""
        return self.slope * raw + self.offset

    @classmethod
    def of(cls, label: Column, raw: Column) -> "Calibration":
        """The likeliest map. Nearly flat where the greater log-odds do not mean the greater chance."""
        found = _likeliest(label, raw)
        if found.slope >= LEAST_SLOPE:
            return found
        rate = float(np.clip(label.mean(), 1e-6, 1 - 1e-6))
        return cls(LEAST_SLOPE, float(np.log(rate / (1 - rate)) - LEAST_SLOPE * raw.mean()))


def slope_of(label: Column, probability: Column) -> float | None:
    """By what the log-odds of probabilities would have to be multiplied: below 1 they were too sure of themselves."""
    clipped = np.clip(probability, 1e-12, 1 - 1e-12)
    raw = np.log(clipped / (1 - clipped))
    if label.all() or not label.any() or np.ptp(raw) == 0:
        return None
    return _likeliest(label, raw).slope


def probability_of(log_odds: Column) -> Column:
    """The probability with these log-odds."""
    return 1 / (1 + np.exp(-np.clip(log_odds, -500, 500)))


def _likeliest(label: Column, raw: Column) -> Calibration:
    """Newton's method on the log-likelihood, with targets as Platt has them, so that it ends where classes part."""
    positives, negatives = label.sum(), (~label).sum()
    target = np.where(label, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    centre, scale = raw.mean(), raw.std() or 1.0
    x = (raw - centre) / scale
    weights = np.array([0.0, float(np.log((positives + 1) / (negatives + 1)))])
    for _ in range(STEPS):
        p = probability_of(weights[0] * x + weights[1])
        gradient = np.array([((p - target) * x).sum(), (p - target).sum()])
        w = p * (1 - p)
        curvature = np.array([[(w * x * x).sum(), (w * x).sum()], [(w * x).sum(), w.sum()]])
        step = np.linalg.solve(curvature + RIDGE * np.eye(2), gradient)
        weights -= step
        if np.abs(step).max() < CONVERGED:
            break
    slope = float(weights[0] / scale)
    return Calibration(slope, float(weights[1] - slope * centre))
