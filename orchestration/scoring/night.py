"""A fit, as tables: the trial on the latest month starts, and the same recipe on all rows if nothing speaks against it.

Imported only where something is fitted: what it needs takes seconds to load.
"""

from datetime import datetime
from typing import Any

from orchestration.scoring.candidates import CANDIDATES
from orchestration.scoring.frame import Frame
from orchestration.scoring.quality import MODEL, Row, calibration_rows, quality_rows, try_out
from orchestration.scoring.recipe import Fitted, fit
from orchestration.scoring.training_rows import TrainingRows


def fitted(rows: TrainingRows, month: str, min_positive_count: int, allowed: frozenset[str]) -> dict[str, Any]:
    """What scoring leaves, by table."""
    frame, instants = rows.read()
    trial = try_out(frame, min_positive_count, allowed)
    kind = trial.fitted.kind if trial.fitted else next(iter(CANDIDATES))
    model_version = f"{month}-{kind}"
    is_live = trial.fitted is not None and trial.refused_reason is None
    live = fit(frame, allowed, {kind: CANDIDATES[kind]}) if is_live else None
    tested = [_shown(instants[int(period)]) for period in trial.test.periods]
    span = {"tested_from": tested[0] if tested else None, "tested_to": tested[-1] if tested else None}
    return {
        "models": [
            {
                "model_version": model_version,
                "score_kind": MODEL,
                "is_live": is_live,
                "refused_reason": trial.refused_reason,
                "intercept": live.model.intercept if live else None,
                **_trained_on(frame, instants),
            }
        ],
        "terms": term_rows(live, model_version) if live else [],
        "quality": [{**row, **span} for row in quality_rows(trial, model_version)],
        "calibration_bins": list(calibration_rows(trial, model_version)),
        "left_out_features": [
            {"model_version": model_version, "feature": leak.feature, "reason": leak.reason, "is_allowed": is_allowed}
            for found in [live or trial.fitted]
            if found
            for is_allowed, leaks in ((False, found.left_out), (True, found.allowed))
            for leak in leaks
        ],
        "calibration": {"slope": live.calibration.slope, "offset": live.calibration.offset} if live else None,
    }


def term_rows(found: Fitted, model_version: str) -> list[Row]:
    """The model as a table: what each bin adds."""
    return [
        {
            "model_version": model_version,
            "feature": feature,
            **vars(one),
            "contribution": float(contribution),
        }
        for feature, bins in found.model.bins.items()
        for one, contribution in zip(bins, found.model.contributions[feature], strict=True)
    ]


def _trained_on(frame: Frame, instants: dict[int, datetime]) -> Row:
    periods = [_shown(instants[int(period)]) for period in frame.periods]
    return {
        "fitted_from": periods[0] if periods else None,
        "fitted_to": periods[-1] if periods else None,
        "row_count": len(frame),
    }


def _shown(instant: datetime) -> str:
    return instant.isoformat()
