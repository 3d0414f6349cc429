"""Companies that nobody here made, through the scoring code of the project: what may be claimed, and what may not."""

from collections.abc import Collection, Mapping
from pathlib import Path

import duckdb
import numpy as np
import pytest

from orchestration.scoring import measures
from orchestration.scoring.additive import Additive
from orchestration.scoring.bins import Bins, bins_of
from orchestration.scoring.frame import NEWEST_FIRST, RULE, Column, Frame
from orchestration.scoring.leaks import leaks
from orchestration.scoring.quality import Row, Trial, quality_rows, try_out

# Of X Education: written after somebody had spoken to the lead.
LEAKY = frozenset(
    {
        *("Tags", "Lead Quality", "Lead Profile", "Asymmetrique Activity Index", "Asymmetrique Profile Index"),
        *("Asymmetrique Activity Score", "Asymmetrique Profile Score", "Last Activity", "Last Notable Activity"),
        *("What is your current occupation", "What matters most to you in choosing a course"),
        *("How did you hear about X Education", "Specialization", "City"),
    }
)
# Those whose values, or whose absence, show it. The others look like any honest feature.
TELLING = {
    *("Tags", "Lead Quality", "Lead Profile"),
    *("What is your current occupation", "What matters most to you in choosing a course", "Specialization"),
}
UNKNOWN = ("", "Select")
TENTHS = 10


def frame_of(
    path: Path, label: str, positive: str, order: str, group: str, out: Collection[str], where: str = "true"
) -> Frame:
    """A set in its order, cut into ten periods of as many rows; a label is known a period later."""
    if not path.exists():
        pytest.skip(f"{path} is not there: its set is not part of the repository")
    with duckdb.connect() as connection:
        found = connection.execute(f"select * from '{path}' where {where} order by {order}").fetchnumpy()
    columns = {name: [None if value in UNKNOWN else value for value in _plain(found[name])] for name in found}
    rows = len(columns[label])
    period = np.arange(rows) * TENTHS // rows
    groups = np.array([str(name) for name in columns[group]], dtype=object)
    return Frame(
        features={name: _typed(values) for name, values in columns.items() if name not in {label, *out}},
        label=np.array([value == positive for value in columns[label]]),
        period=period,
        settled_by=period + 1,
        lead=np.arange(rows).astype(str).astype(object),
        group=groups,
        segment=np.full(rows, "any", dtype=object),
        source=groups,
        # Nobody ranked these leads: a list without an order has a lift of 1.
        lists={RULE: np.zeros(rows), NEWEST_FIRST: np.arange(rows) * 1.0},
    )


def _plain(column: Column) -> list:
    return [None if value is np.ma.masked else value for value in np.ma.MaskedArray(column)]


def _typed(values: list) -> Column:
    try:
        return np.array([np.nan if value is None else float(value) for value in values])
    except ValueError:
        return np.array(values, dtype=object)


def model_row(trial: Trial) -> Row:
    return next(row for row in quality_rows(trial, "any") if row["score_kind"] == "model" and row["segment"] == "all")


def x_education(shared_data: Path, out: Collection[str]) -> Frame:
    return frame_of(
        shared_data / "scoring" / "x_education.parquet",
        "Converted",
        "1",
        'cast("Lead Number" as integer)',
        "Prospect ID",
        {"Prospect ID", "Lead Number", *out},
    )


def test_fresh_leads_of_x_education_are_told_apart_as_well_as_honesty_allows(shared_data: Path) -> None:
    trial = try_out(x_education(shared_data, LEAKY), 120)
    assert trial.refused_reason is None
    assert trial.fitted is not None
    assert trial.fitted.left_out == []
    found = model_row(trial)
    assert 0.82 <= found["roc_auc"] < 0.88, "above 0.88 something leaks"
    assert found["calibration_error"] <= 0.03
    assert found["brier_skill"] > 0.3


def test_columns_that_leak_are_named_and_left_out(shared_data: Path) -> None:
    trial = try_out(x_education(shared_data, ()), 120)
    assert trial.fitted is not None
    named = {leak.feature for leak in trial.fitted.left_out}
    assert named == TELLING
    assert not named & set(trial.fitted.model.bins)
    assert model_row(trial)["roc_auc"] < 0.95


def bank(shared_data: Path, *out: str) -> Frame:
    return frame_of(
        shared_data / "scoring" / "uci_bank.parquet", "y", "yes", "row_order", "row_order", {"row_order", *out}
    )


def test_a_bank_whose_base_rate_quadruples_is_still_foreseen_with_skill(shared_data: Path) -> None:
    trial = try_out(bank(shared_data, "duration"), 120)
    assert trial.refused_reason is None
    found = model_row(trial)
    assert found["brier_skill"] > 0
    assert found["base_rate_change"] > 0.15
    assert found["input_drift"] > 0.25


def naive_bayes(bins: Mapping[str, Bins], codes: Column, label: Column) -> Additive:
    """Each feature by itself, as if it knew nothing of the others."""
    found = []
    for number, of_feature in enumerate(bins.values()):
        counts = [np.bincount(codes[rows, number], minlength=of_feature.count) + 0.1 for rows in (label, ~label)]
        found.append(np.log(counts[0] / counts[0].sum()) - np.log(counts[1] / counts[1].sum()))
    return Additive.centred(bins, codes, found, float(np.log(label.mean() / (1 - label.mean()))))


def test_naive_bayes_on_the_bank_is_refused(shared_data: Path) -> None:
    candidates = {"naive_bayes": naive_bayes}
    trial = try_out(bank(shared_data, "duration"), 120, candidates=candidates, is_calibrated=False)
    assert trial.refused_reason == "no_skill"
    assert model_row(trial)["brier"] > 0.3


def test_how_long_a_call_took_is_known_only_after_it(shared_data: Path) -> None:
    frame = bank(shared_data)
    trial = try_out(frame, 120)
    assert trial.fitted is not None
    assert [leak.feature for leak in trial.fitted.left_out] == ["duration"]
    assert [leak.feature for leak in leaks(frame, bins_of(frame.features))] == ["duration"], "of all periods, too"


def test_a_company_that_was_made_up_without_a_signal_is_refused(shared_data: Path) -> None:
    frame = frame_of(
        shared_data / "scoring" / "maven_pipeline.parquet",
        "deal_stage",
        "Won",
        "engage_date, opportunity_id",
        "account",
        {"opportunity_id", "engage_date", "close_date", "close_value"},
        "deal_stage in ('Won', 'Lost')",
    )
    trial = try_out(frame, 120)
    assert trial.refused_reason in ("no_lift", "no_skill")
    found = model_row(trial)
    assert found["auc_low"] < 0.5 < found["auc_high"]
    assert trial.probability is not None
    assert measures.calibration_error(trial.test.label, trial.probability) < 0.05
