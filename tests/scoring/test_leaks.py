"""What is under suspicion of having been written after the outcome, and what is honest although it looks alike."""

from dataclasses import replace

import numpy as np
import pytest

from orchestration.scoring.bins import bins_of
from orchestration.scoring.frame import Column, Frame
from orchestration.scoring.leaks import leaks
from orchestration.scoring.measures import roc_auc
from tests.scoring.frames import company

ROWS = 12_000
COMPANY = company(1, rows=ROWS).frame


def named(label: Column, **features: Column) -> dict[str, str]:
    """The suspects among the features of leads with these outcomes, and why."""
    frame: Frame = replace(COMPANY, features=features, label=label)
    return {leak.feature: leak.reason for leak in leaks(frame, bins_of(features))}


@pytest.fixture
def draw() -> np.random.Generator:
    """The same numbers for each test."""
    return np.random.default_rng(8)


def test_an_order_of_rare_outcomes_is_honest_and_the_same_order_of_common_ones_is_not(
    draw: np.random.Generator,
) -> None:
    for rate, suspects in ((0.02, set()), (0.4, {"points"})):
        label = draw.random(ROWS) < rate
        points = draw.normal(0, 1, ROWS) + 1.6 * label
        assert roc_auc(label, points).value > 0.85
        assert set(named(label, points=points)) == suspects


def test_what_is_written_after_a_rare_outcome_is_named(draw: np.random.Generator) -> None:
    label = draw.random(ROWS) < 0.02
    written = np.where(
        label & (draw.random(ROWS) < 0.9), "quoted", np.where(draw.random(ROWS) < 0.01, "quoted", "none")
    )
    assert named(label, written=written.astype(object))["written"].startswith("tells the outcome alone with an AUC of ")


def test_a_number_that_explains_a_fifth_without_separating_is_honest(draw: np.random.Generator) -> None:
    label = draw.random(ROWS) < 0.4
    sure = np.where(label & (draw.random(ROWS) < 0.35), 1.0, 0.0)
    assert roc_auc(label, sure).value < 0.8
    assert named(label, sure=sure) == {}


def acts_of(label: Column, draw: np.random.Generator) -> Column:
    return draw.poisson(np.where(label, 1.2, 0.5)).astype(float)


def test_days_since_an_act_are_honest_where_the_acts_are_known_and_suspect_where_nothing_shows_why(
    draw: np.random.Generator,
) -> None:
    label = draw.random(ROWS) < 0.05
    acts = acts_of(label, draw)
    days = np.where(acts > 0, draw.integers(0, 90, ROWS), np.nan)
    assert named(label, acts=acts, days=days) == {}
    assert named(label, days=days)["days"].startswith("not known of ")


@pytest.mark.parametrize("rate", [0.02, 0.4])
def test_what_is_filled_in_for_one_outcome_is_named_whatever_else_is_known(
    rate: float, draw: np.random.Generator
) -> None:
    label = draw.random(ROWS) < rate
    for filled_in in (label | (draw.random(ROWS) < 0.6), ~label | (draw.random(ROWS) < 0.6)):
        asked = np.where(filled_in, 1.0, np.nan)
        assert set(named(label, acts=acts_of(label, draw), asked=asked)) == {"asked"}


def test_a_number_that_is_nearly_always_at_its_least_shows_nothing(draw: np.random.Generator) -> None:
    label = draw.random(ROWS) < 0.2
    asked = np.where(label | (draw.random(ROWS) < 0.6), 1.0, np.nan)
    seldom = np.zeros(ROWS)
    seldom[np.flatnonzero(label)[:100]] = 1.0
    assert set(named(label, asked=asked, seldom=seldom)) == {"asked"}


def test_a_suspect_shows_nothing(draw: np.random.Generator) -> None:
    label = draw.random(ROWS) < 0.2
    told = label | (draw.random(ROWS) < 0.02)
    assert set(named(label, stage=told * 1.0, asked=np.where(told, 1.0, np.nan))) == {"asked", "stage"}


def test_few_outcomes_of_a_kind_name_nobody() -> None:
    label = np.arange(ROWS) < 49
    assert named(label, tells=label * 1.0, asked=np.where(label, 1.0, np.nan)) == {}
