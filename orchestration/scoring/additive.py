"""An additive model: an intercept, and for each bin of each feature what it adds to the log-odds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from orchestration.scoring.bins import Bins, codes_of
from orchestration.scoring.calibration import Calibration, probability_of
from orchestration.scoring.frame import Column

# So that sums are the same in any order, in Python as in SQL.
DIGITS = 9


@dataclass(frozen=True)
class Additive:
    """What a candidate found. Contributions are measured from their mean over the rows that it was fitted on."""

    bins: Mapping[str, Bins]
    contributions: Mapping[str, Column]
    intercept: float

    @classmethod
    def centred(cls, bins: Mapping[str, Bins], codes: Column, found: Sequence[Column], intercept: float) -> "Additive":
        """Contributions as they are, taken from their means; a bin that was not seen adds nothing."""
        contributions = {}
        for name, column, values in zip(bins, codes.T, found, strict=True):
            seen = np.bincount(column, minlength=bins[name].count)
            mean = float((seen * np.where(seen, values, 0)).sum() / len(column))
            contributions[name] = np.where(seen > 0, values - mean, 0.0)
            intercept += mean
        return cls(bins, contributions, intercept)

    def calibrated(self, calibration: Calibration) -> "Additive":
        """The model whose log-odds are the calibrated ones, to the digits that are kept."""
        return Additive(
            self.bins,
            {name: np.round(values * calibration.slope, DIGITS) for name, values in self.contributions.items()},
            round(float(calibration.log_odds(np.float64(self.intercept))), DIGITS),
        )

    def log_odds(self, features: Mapping[str, Column], rows: int) -> Column:
        """The log-odds of rows."""
        return self.log_odds_of(codes_of(self.bins, features)) if self.bins else np.full(rows, self.intercept)

    def log_odds_of(self, codes: Column) -> Column:
        """The log-odds of rows of bin numbers."""
        total = np.full(len(codes), self.intercept)
        for number, values in enumerate(self.contributions.values()):
            total += values[codes[:, number]]
        return total

    def probability(self, features: Mapping[str, Column], rows: int) -> Column:
        """The probabilities of rows."""
        return probability_of(self.log_odds(features, rows))
