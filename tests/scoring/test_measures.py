"""Measures of an order and of a probability, against other implementations and against truths known by construction."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from orchestration.scoring import measures
from orchestration.scoring.calibration import Calibration, probability_of, slope_of

ROWS = st.lists(st.tuples(st.booleans(), st.integers(0, 8)), min_size=2, max_size=60)


@given(ROWS)
def test_areas_and_losses_are_those_of_scikit_learn(rows: list[tuple[bool, int]]) -> None:
    label, score = np.array([row[0] for row in rows]), np.array([row[1] / 9 + 0.05 for row in rows])
    area = measures.roc_auc(label, score)
    if label.all() or not label.any():
        assert area is None
    else:
        assert area is not None
        assert area.value == pytest.approx(roc_auc_score(label, score))
        assert 0 <= area.low <= area.value <= area.high <= 1
        assert measures.log_loss(label, score) == pytest.approx(log_loss(label, score))
    if label.any():
        assert measures.pr_auc(label, score) == pytest.approx(average_precision_score(label, score))
    assert measures.brier(label, score) == pytest.approx(brier_score_loss(label, score))


def test_delongs_interval_is_that_of_its_structural_components() -> None:
    label = np.array([True, True, True, False, False, False, False])
    score = np.array([0.9, 0.6, 0.4, 0.6, 0.3, 0.2, 0.5])
    wins = (score[label][:, None] > score[~label]) + 0.5 * (score[label][:, None] == score[~label])
    variance = wins.mean(axis=1).var(ddof=1) / 3 + wins.mean(axis=0).var(ddof=1) / 4
    area = measures.roc_auc(label, score)
    assert area is not None
    assert area.value == pytest.approx(wins.mean())
    assert area.low == pytest.approx(wins.mean() - 1.959963984540054 * variance**0.5)


def test_delongs_interval_covers_the_truth_as_often_as_it_says() -> None:
    truth, covered = 0.7602, 0  # two normals one apart: the normal distribution at 1 / sqrt(2)
    for seed in range(300):
        draw = np.random.default_rng(seed)
        label = draw.random(300) < 0.3
        area = measures.roc_auc(label, draw.normal(label.astype(float), 1.0))
        assert area is not None
        covered += area.low <= truth <= area.high
    assert 0.92 <= covered / 300 <= 0.98


def test_a_capture_shares_ties_in_proportion() -> None:
    label = np.array([True, False, True, False, False, False, False, False, False, False])
    first = np.array([9, 5, 5, 5, 5, 1, 1, 1, 1, 1.0])
    assert measures.capture(label, first, 0.1) == 0.5
    assert measures.capture(label, first, 0.2) == pytest.approx((1 + 1 / 4) / 2)
    assert measures.capture(label, np.zeros(10), 0.2) == pytest.approx(0.2)
    assert measures.capture(np.zeros(10, bool), first, 0.2) is None


def test_bins_hold_as_many_rows_and_equal_probabilities_lie_together() -> None:
    bins = measures.equal_count_bins(np.arange(100) / 100)
    assert np.bincount(bins)[1:].tolist() == [10] * 10
    tied = np.array([0.1] * 35 + [0.2] * 65)
    assert len(np.unique(measures.equal_count_bins(tied))) == 2
    assert measures.calibration_error(np.array([True] * 10 + [False] * 90), np.full(100, 0.1)) == pytest.approx(0)
    assert measures.calibration_error(np.zeros(100, bool), np.full(100, 0.1)) == pytest.approx(0.1)


def test_a_share_that_stays_has_no_drift_and_one_that_goes_has_much() -> None:
    codes = np.arange(1000) % 4
    assert measures.stability_index(codes, codes[::-1], 4) == pytest.approx(0)
    assert measures.stability_index(codes, np.zeros(1000, int), 4) > 1


def test_wilsons_interval_is_the_published_one() -> None:
    assert measures.wilson(10, 100) == pytest.approx((0.05523, 0.17437), abs=1e-5)
    assert measures.wilson(0, 10)[0] == 0
    assert measures.wilson(10, 10)[1] == 1


def test_a_calibration_finds_the_slope_and_offset_that_labels_were_drawn_by() -> None:
    draw = np.random.default_rng(7)
    raw = draw.normal(0, 2, 40_000)
    label = draw.random(40_000) < probability_of(0.5 * raw - 1)
    found = Calibration.of(label, raw)
    assert found.slope == pytest.approx(0.5, abs=0.02)
    assert found.offset == pytest.approx(-1, abs=0.03)
    assert slope_of(label, probability_of(raw)) == pytest.approx(found.slope, abs=1e-3)


def test_an_order_that_is_upside_down_is_flattened_and_not_turned() -> None:
    draw = np.random.default_rng(7)
    raw = draw.normal(0, 2, 4000)
    label = draw.random(4000) < probability_of(-raw)
    found = Calibration.of(label, raw)
    assert found.slope == 0.01
    assert probability_of(found.log_odds(raw)).mean() == pytest.approx(label.mean(), abs=0.01)
