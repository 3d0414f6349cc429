"""What an order or a probability was worth on tested rows, as rows of a table; and whether a model is good enough."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from orchestration.scoring import measures
from orchestration.scoring.bins import Bins, codes_of
from orchestration.scoring.calibration import slope_of
from orchestration.scoring.frame import NEWEST_FIRST, RULE, SOURCE_RATE, Column, Frame
from orchestration.scoring.recipe import LEAST_PERIODS, Fitted, Split, fit

Row = dict[str, Any]

ALL = "all"
MODEL = "model"
LEAST_POSITIVES_OF_A_SEGMENT = 30

TOO_SHORT, TOO_FEW_POSITIVES, NO_LIFT, NO_SKILL = "too_short", "too_few_positives", "no_lift", "no_skill"


@dataclass(frozen=True)
class Trial:
    """A model that was fitted on earlier rows, the rows it was tested on, and why it is refused, None if it is not."""

    fit: Frame
    test: Frame
    fitted: Fitted | None
    refused_reason: str | None

    @cached_property
    def codes(self) -> Sequence[Column]:
        """The bins of the model that the rows fitted on and the tested ones fall into."""
        bins = self.fitted.model.bins if self.fitted else {}
        return [codes_of(bins, side.features) for side in (self.fit, self.test)]

    @cached_property
    def probability(self) -> Column | None:
        """What the model gave the tested rows."""
        return self.fitted.model.probability(self.test.features, len(self.test)) if self.fitted else None


def try_out(frame: Frame, min_positive_count: int, allowed: frozenset[str] = frozenset(), **recipe: Any) -> Trial:
    """Fit on what was known before the latest month starts, and judge on these."""
    split = Split.of(frame)
    earlier, later = frame.where(split.fit), frame.where(split.test)
    if len(frame.periods) < LEAST_PERIODS or not len(earlier):
        return Trial(earlier, later, None, TOO_SHORT)
    if frame.positive_leads < min_positive_count or not earlier.has_both_outcomes:
        return Trial(earlier, later, None, TOO_FEW_POSITIVES)
    fitted = fit(earlier, allowed, **recipe)
    tried = Trial(earlier, later, fitted, None)
    return Trial(earlier, later, fitted, _refusal(later, tried.probability))


def _refusal(test: Frame, probability: Column | None) -> str | None:
    assert probability is not None
    lifts = [measures.capture(test.label, score, 0.2) for score in (probability, test.lists[RULE])]
    if lifts[0] is None or lifts[1] is None or lifts[0] <= lifts[1]:
        return NO_LIFT
    rate = test.label.mean()
    return NO_SKILL if measures.brier(test.label, probability) >= rate * (1 - rate) else None


def quality_rows(trial: Trial, model_version: str) -> Iterator[Row]:
    """The model, the rule and two simple orders; of all tested rows, and of each segment with enough positives."""
    test, is_model_live = trial.test, trial.fitted is not None and trial.refused_reason is None
    rates = _source_rates(trial)
    orders: Mapping[str, tuple[str, Column | None, Column | None]] = {
        RULE: (RULE, test.lists[RULE], None),
        MODEL: (model_version, trial.probability, trial.probability),
        NEWEST_FIRST: (NEWEST_FIRST, test.lists[NEWEST_FIRST], None),
        SOURCE_RATE: (SOURCE_RATE, rates, rates),
    }
    for segment, rows in segments_of(test):
        fitted_on = trial.fit.label if segment == ALL else trial.fit.label[trial.fit.segment == segment]
        drift = _input_drift(trial, segment)
        for kind, (version, score, probability) in orders.items():
            yield {
                "model_version": version,
                "score_kind": kind,
                "segment": segment,
                **_measured(
                    test.label[rows],
                    None if score is None else score[rows],
                    None if probability is None else probability[rows],
                ),
                "input_drift": drift if kind == MODEL else None,
                "base_rate_change": float(test.label[rows].mean() - fitted_on.mean())
                if rows.any() and len(fitted_on)
                else None,
                "is_live": kind == (MODEL if is_model_live else RULE),
                "refused_reason": trial.refused_reason if kind == MODEL else None,
            }


def calibration_rows(trial: Trial, model_version: str) -> Iterator[Row]:
    """Of ten bins of as many tested rows what was foreseen and what came, with Wilson's interval."""
    probability = trial.probability
    if probability is None:
        return
    for segment, rows in segments_of(trial.test):
        bins = measures.equal_count_bins(probability[rows])
        for number, place in enumerate(np.unique(bins), start=1):
            chances, label = probability[rows][bins == place], trial.test.label[rows][bins == place]
            low, high = measures.wilson(float(label.sum()), float(len(label)))
            yield {
                "model_version": model_version,
                "segment": segment,
                "bin": number,
                "lead_count": len(label),
                "mean_probability": float(chances.mean()),
                "observed_rate": float(label.mean()),
                "low": low,
                "high": high,
                "greatest_probability": float(chances.max()),
            }


def segments_of(test: Frame) -> Iterator[tuple[str, Column]]:
    """All rows, and those of each segment with enough positives."""
    yield ALL, np.ones(len(test), bool)
    for segment in sorted({str(name) for name in test.segment if name is not None}):
        rows = test.segment == segment
        if test.label[rows].sum() >= LEAST_POSITIVES_OF_A_SEGMENT:
            yield segment, rows


def _measured(label: Column, score: Column | None, probability: Column | None) -> Row:
    """The measures of an order and, if it has one, of its probability; None for what cannot be had."""
    has_rows, has_score = len(label) > 0, score is not None and len(label) > 0
    base_rate = float(label.mean()) if has_rows else None
    area = measures.roc_auc(label, score) if has_score else None
    captured = {share: measures.capture(label, score, share) if has_score else None for share in (0.1, 0.2)}
    row: Row = {
        "lead_count": len(label),
        "positive_count": int(label.sum()),
        "base_rate": base_rate,
        "roc_auc": area and area.value,
        "auc_low": area and area.low,
        "auc_high": area and area.high,
        "pr_auc": measures.pr_auc(label, score) if has_score else None,
        "lift_10": None if captured[0.1] is None else captured[0.1] / 0.1,
        "lift_20": None if captured[0.2] is None else captured[0.2] / 0.2,
        "capture_20": captured[0.2],
    }
    if probability is None or not has_rows:
        names = ("brier", "brier_skill", "log_loss", "calibration_error", "calibration_slope")
        return {**row, **dict.fromkeys(names)}
    brier, by_rate = measures.brier(label, probability), label.mean() * (1 - label.mean())
    return {
        **row,
        "brier": brier,
        "brier_skill": float(1 - brier / by_rate) if by_rate > 0 else None,
        "log_loss": measures.log_loss(label, probability),
        "calibration_error": measures.calibration_error(label, probability),
        "calibration_slope": slope_of(label, probability),
    }


def _source_rates(trial: Trial) -> Column | None:
    """Of each tested row the rate of its source in the rows before; sources with few rows have one together."""
    if not len(trial.fit):
        return None
    bins = Bins.of(trial.fit.source)
    codes = bins.codes(trial.fit.source)
    counts = np.bincount(codes, minlength=bins.count)
    positives = np.bincount(codes, weights=trial.fit.label, minlength=bins.count)
    rates = np.where(counts > 0, positives / np.maximum(counts, 1), trial.fit.label.mean())
    return rates[bins.codes(trial.test.source)]


def _input_drift(trial: Trial, segment: str) -> float | None:
    """The largest stability index of a feature of the model."""
    if trial.fitted is None or not trial.fitted.model.bins:
        return None
    sides = [
        codes if segment == ALL else codes[side.segment == segment]
        for side, codes in zip((trial.fit, trial.test), trial.codes, strict=True)
    ]
    if not all(len(side) for side in sides):
        return None
    return max(
        measures.stability_index(sides[0][:, number], sides[1][:, number], bins.count)
        for number, bins in enumerate(trial.fitted.model.bins.values())
    )
