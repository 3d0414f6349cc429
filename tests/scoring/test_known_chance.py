"""A generator that knows each lead's chance: what is foreseen comes true, and the best come first.

Leads are made as frames of features, not as feeds: what a feature holds is tested with the models that make it.
"""

import numpy as np
import pytest

from orchestration.scoring import measures
from orchestration.scoring.quality import calibration_rows, try_out
from orchestration.scoring.recipe import Split, fit
from tests.scoring.frames import company

SEEDS = range(1, 6)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_foreseen_comes_true(seed: int) -> None:
    known = company(seed, rows=24_000)
    trial = try_out(known.frame, 120)
    assert trial.refused_reason is None
    chance = known.chance[Split.of(known.frame).test]
    probability = trial.probability
    assert probability is not None
    bins = measures.equal_count_bins(probability)
    curve = [row for row in calibration_rows(trial, "any") if row["segment"] == "all"]
    truth = [float(chance[bins == number].mean()) for number in np.unique(bins)]
    missed = [row for row, true in zip(curve, truth, strict=True) if not row["low"] <= true <= row["high"]]
    assert len(missed) <= 2, "95 % intervals of ten bins hold the true chance of nearly all"
    foreseen = [row["mean_probability"] for row in curve]
    assert max(abs(one - true) for one, true in zip(foreseen, truth, strict=True)) < 0.04
    assert measures.calibration_error(trial.test.label, probability) < 0.03


@pytest.mark.parametrize("seed", SEEDS)
def test_the_first_tenth_catches_nine_tenths_of_what_a_list_by_the_noiseless_chance_catches(seed: int) -> None:
    known = company(seed, rows=24_000)
    split = Split.of(known.frame)
    trial = try_out(known.frame, 120)
    probability = trial.probability
    assert probability is not None
    caught = measures.capture(trial.test.label, probability, 0.1)
    perfect = measures.capture(trial.test.label, known.noiseless[split.test], 0.1)
    assert caught is not None
    assert perfect is not None
    assert caught >= 0.9 * perfect


def test_where_nothing_is_to_be_known_nothing_is_claimed() -> None:
    refused = 0
    for seed in range(20):
        trial = try_out(company(seed, rows=4000, strength=0.0, base=-1.5).frame, 120)
        assert trial.probability is not None
        area = measures.roc_auc(trial.test.label, trial.probability)
        assert area is not None
        refused += trial.refused_reason is not None
        assert trial.probability.std() < 0.04
    assert refused >= 12


def test_a_lead_is_scored_alike_in_any_company() -> None:
    known = company(1)
    found = fit(known.frame)
    alone = known.frame.where(np.arange(len(known.frame)) == 17)
    together = found.model.probability(known.frame.features, len(known.frame))
    assert found.model.probability(alone.features, 1)[0] == together[17]
