"""Frames to learn from whose leads have a chance that is known: logistic in two numbers and a text, and noise."""

from dataclasses import dataclass

import numpy as np

from orchestration.scoring.calibration import probability_of
from orchestration.scoring.frame import NEWEST_FIRST, RULE, Column, Frame

SOURCES = {"referral": 0.9, "website": 0.2, "event": -0.3, "list": -1.0}


@dataclass(frozen=True)
class Company:
    """A frame, and of each of its rows the chance without the noise and with it."""

    frame: Frame
    noiseless: Column
    chance: Column


def company(
    seed: int,
    rows: int = 12_000,
    periods: int = 12,
    strength: float = 1.0,
    base: float = -2.6,
    noise: float = 0.5,
    settled_after: int = 3,
) -> Company:
    """Leads of `periods` month starts whose label is drawn by their chance; the rule knows one of the numbers."""
    draw = np.random.default_rng(seed)
    points, age = draw.gamma(1.5, 12.0, rows), draw.exponential(120.0, rows)
    source = draw.choice(list(SOURCES), rows).astype(object)
    acts = draw.poisson(points / 12).astype(float)
    last_act = np.where(acts > 0, draw.exponential(20.0, rows), np.nan)
    odds = strength * (
        0.05 * points
        + 0.35 * np.minimum(acts, 6)
        - 0.006 * age
        + np.array([SOURCES[name] for name in source])
        - np.where(np.isnan(last_act), 0.8, 0.02 * last_act)
    )
    noiseless = base + odds
    chance = probability_of(noiseless + draw.normal(0, noise, rows))
    lead = np.array([f"lead-{number:06d}" for number in range(rows)], dtype=object)
    period = np.sort(draw.integers(0, periods, rows))
    frame = Frame(
        features={"points": points, "acts": acts, "age": age, "days_since_act": last_act, "source": source},
        label=draw.random(rows) < chance,
        period=period,
        settled_by=period + settled_after,
        lead=lead,
        group=np.array([f"company-{number}" for number in draw.integers(0, rows // 2, rows)], dtype=object),
        segment=draw.choice(["smb", "enterprise"], rows).astype(object),
        source=source,
        lists={RULE: points, NEWEST_FIRST: -age},
    )
    return Company(frame, probability_of(noiseless), chance)
