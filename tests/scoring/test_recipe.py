"""The recipe: who is learnt from, who is judged, what is refused and why, and that a model is a table."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from orchestration.scoring.additive import Additive
from orchestration.scoring.bins import Bins, bins_of, codes_of
from orchestration.scoring.candidates import CANDIDATES, boosting
from orchestration.scoring.frame import RULE, Frame, shares
from orchestration.scoring.quality import calibration_rows, quality_rows, try_out
from orchestration.scoring.recipe import Split, fit
from tests.scoring.frames import company

KNOWN = company(1)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """As in a fit: threads of one sum that wait for one another cost more than they bring on a machine that is busy."""
    with threadpool_limits(1):
        yield


def test_nobody_is_learnt_from_whose_outcome_was_open_or_who_is_kept_for_the_test() -> None:
    split, frame = Split.of(KNOWN.frame), KNOWN.frame
    assert np.unique(frame.period[split.test]).tolist() == [9, 10, 11]
    assert np.unique(frame.period[split.fit]).tolist() == [0, 1, 2, 3, 4, 5, 6]
    kept = set(frame.group[shares(frame.group) < 0.2])
    assert kept
    assert not kept & set(frame.group[split.fit])
    assert set(frame.group[split.test]) > kept & set(frame.group[split.test])
    assert len(kept) / len(set(frame.group)) == pytest.approx(0.2, abs=0.02)


def test_bins_hold_every_value_exactly_once() -> None:
    values = np.array([np.nan, -5.0, 0.0, 0.5, 3.0, 1e9, *np.arange(500.0)])
    bins = Bins.of(values)
    found = [
        [b for b in bins if not b.is_missing and (b.low is None or b.low <= v) and (b.high is None or v < b.high)]
        for v in values[1:]
    ]
    assert all(len(one) == 1 for one in found)
    assert [list(bins)[code] for code in bins.codes(values)[1:]] == [one[0] for one in found]
    assert list(bins)[bins.codes(values)[0]].is_missing


def test_a_text_that_is_seldom_falls_to_the_others() -> None:
    column = np.array(["a"] * 30 + ["b"] * 30 + ["c"] + [None] * 5, dtype=object)
    bins = Bins.of(column)
    assert [one.value_text for one in bins] == ["a", "b", None, None]
    assert np.bincount(bins.codes(column)).tolist() == [30, 30, 1, 5]
    assert bins.codes(np.array(["never seen"], dtype=object)).tolist() == [2]


@pytest.mark.parametrize("kind", CANDIDATES)
def test_a_candidate_is_the_sum_of_its_terms(kind: str) -> None:
    bins = bins_of(KNOWN.frame.features)
    codes = codes_of(bins, KNOWN.frame.features)
    model = CANDIDATES[kind](bins, codes, KNOWN.frame.label)
    mean = model.log_odds_of(codes).mean()
    assert model.intercept == pytest.approx(mean, abs=1e-9), "contributions are measured from their mean"
    # Each feature adds the same whatever the others are.
    moved = codes.copy()
    moved[:, 0] = (moved[:, 0] + 1) % bins["points"].count
    change = model.log_odds_of(moved) - model.log_odds_of(codes)
    for before in np.unique(codes[:, 0]):
        assert np.ptp(change[codes[:, 0] == before]) < 1e-9


def test_boosting_as_a_table_is_what_was_boosted(monkeypatch: pytest.MonkeyPatch) -> None:
    import sklearn.ensemble

    made = []

    class Watched(sklearn.ensemble.HistGradientBoostingClassifier):
        def fit(self, *rows: object) -> object:
            made.append(self)
            return super().fit(*rows)

    monkeypatch.setattr(sklearn.ensemble, "HistGradientBoostingClassifier", Watched)
    bins = bins_of(KNOWN.frame.features)
    codes = codes_of(bins, KNOWN.frame.features)
    model = boosting(bins, codes, KNOWN.frame.label)
    assert np.abs(made[0].decision_function(codes.astype(float)) - model.log_odds_of(codes)).max() < 1e-9


def test_the_same_rows_give_the_same_model_to_the_last_digit() -> None:
    first, again = fit(KNOWN.frame), fit(KNOWN.frame)
    assert told(first.model) == told(again.model)
    assert first.kind == again.kind


def told(model: Additive) -> list:
    return [model.intercept, *([name, *values] for name, values in model.contributions.items())]


def test_a_model_that_finds_more_than_the_rule_and_comes_true_is_not_refused() -> None:
    trial = try_out(KNOWN.frame, 120)
    assert trial.refused_reason is None
    rows = {(row["score_kind"], row["segment"]): row for row in quality_rows(trial, "2026-03-logistic")}
    assert {kind for kind, segment in rows if segment == "all"} == {"rule", "model", "newest_first", "source_rate"}
    assert {segment for _, segment in rows} == {"all", "smb", "enterprise"}
    model, rule = rows["model", "all"], rows["rule", "all"]
    assert model["lift_20"] > rule["lift_20"]
    assert model["brier_skill"] > 0
    assert [row["score_kind"] for row in rows.values() if row["is_live"]] == ["model"] * 3
    assert rule["brier"] is None
    assert rule["model_version"] == "rule"
    assert rows["source_rate", "all"]["brier_skill"] > 0
    binned = list(calibration_rows(trial, "2026-03-logistic"))
    assert sum(row["lead_count"] for row in binned if row["segment"] == "all") == model["lead_count"]


def without_periods(frame: Frame, kept: int) -> Frame:
    return frame.where(frame.period < kept)


@pytest.mark.parametrize(
    ("frame", "least", "reason"),
    [
        (without_periods(KNOWN.frame, 6), 120, "too_short"),
        (without_periods(KNOWN.frame, 0), 120, "too_short"),
        (replace(KNOWN.frame, settled_by=KNOWN.frame.period + 99), 1, "too_short"),
        (KNOWN.frame, int(KNOWN.frame.label.sum()) + 1, "too_few_positives"),
        (replace(KNOWN.frame, label=np.zeros(len(KNOWN.frame), bool)), 1, "too_few_positives"),
        (replace(KNOWN.frame, lists={**KNOWN.frame.lists, RULE: KNOWN.frame.label * 1.0}), 120, "no_lift"),
    ],
    ids=["six month starts", "none", "none was known", "one too few", "nobody", "a rule that knows all"],
)
def test_a_model_is_refused_for_a_reason(frame: Frame, least: int, reason: str) -> None:
    trial = try_out(frame, least)
    assert trial.refused_reason == reason
    rows = [row for row in quality_rows(trial, "2026-03-logistic") if row["segment"] == "all"]
    assert len(rows) == 4
    assert [row["score_kind"] for row in rows if row["is_live"]] == ["rule"]
    assert {row["score_kind"]: row["refused_reason"] for row in rows}["model"] == reason
    if trial.fitted is None:
        assert {row["score_kind"]: row["roc_auc"] for row in rows}["model"] is None


def test_seven_month_starts_and_as_many_leads_as_asked_are_enough() -> None:
    frame = without_periods(KNOWN.frame, 7)
    assert try_out(frame, frame.positive_leads).refused_reason is None


def test_a_model_that_is_surer_than_what_comes_has_no_skill() -> None:
    frame = KNOWN.frame
    # Nobody comes any more, but for so few that any chance given is too much.
    later = frame.period >= 9
    label = frame.label & (~later | (np.arange(len(frame)) % 12 == 0))
    trial = try_out(replace(frame, label=label), 120)
    assert trial.refused_reason == "no_skill"


def test_a_lead_that_came_at_three_month_starts_is_one_positive() -> None:
    frame = replace(KNOWN.frame, lead=np.array(["one"] * len(KNOWN.frame), dtype=object))
    assert frame.positive_leads == 1
    assert try_out(frame, 2).refused_reason == "too_few_positives"


def leaky() -> Frame:
    frame = KNOWN.frame
    draw = np.random.default_rng(3)
    typed_later = np.where(frame.label | (draw.random(len(frame)) < 0.3), "known", None)
    tells = frame.label * 2.0 + draw.normal(0, 1, len(frame))
    return replace(frame, features={**frame.features, "typed_later": typed_later, "tells": tells})


def test_what_tells_the_outcome_by_itself_is_named_and_left_out() -> None:
    found = fit(leaky())
    assert {leak.feature for leak in found.left_out} == {"typed_later", "tells"}
    assert set(found.model.bins) == set(KNOWN.frame.features)
    reasons = {leak.feature: leak.reason for leak in found.left_out}
    assert reasons["typed_later"].startswith("not known of 0% of the leads with an opportunity and of 7")
    assert "alone with an AUC of 0.9" in reasons["tells"]


def test_what_somebody_vouches_for_is_used() -> None:
    found = fit(leaky(), frozenset({"tells"}))
    assert {leak.feature for leak in found.left_out} == {"typed_later"}
    assert {leak.feature for leak in found.allowed} == {"tells"}
    assert "tells" in found.model.bins
