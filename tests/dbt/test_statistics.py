"""The macros of statistics.sql against slow and exact arithmetic. How marts use them stands beside the marts."""

import random
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import duckdb
import jinja2
import pytest

from tests.dbt_runs import DBT_PROJECT

MACROS: Any = (
    jinja2.Environment().from_string((DBT_PROJECT / "macros" / "statistics.sql").read_text(encoding="utf-8")).module
)
QUARTILES = (Fraction(3, 4), Fraction(1, 2), Fraction(1, 4))


def one(expression: str) -> Any:
    return duckdb.sql(f"select {expression}").fetchall()[0][0]


def wilson(count: int, total: int) -> tuple[float | None, float | None]:
    return one(MACROS.wilson_low(count, total)), one(MACROS.wilson_high(count, total))


def test_the_interval_of_a_share_is_wilsons() -> None:
    assert wilson(97, 242) == (pytest.approx(0.341, abs=0.0005), pytest.approx(0.464, abs=0.0005))


@pytest.mark.parametrize("total", [1, 2, 30, 10**9])
def test_of_none_or_all_the_interval_ends_at_none_or_all(total: int) -> None:
    low_of_none, high_of_none = wilson(0, total)
    low_of_all, high_of_all = wilson(total, total)
    assert (low_of_none, high_of_all) == (0, 1)
    assert 0 < high_of_none < 1
    assert high_of_none == pytest.approx(1 - low_of_all)


def test_of_nothing_there_is_no_interval() -> None:
    assert wilson(0, 0) == (None, None)


def quartiles(histogram: Iterable[tuple[int, int, int]]) -> tuple[int | None, ...]:
    """By the definition, in fractions: those whom a day censors are at risk of what happens on it."""
    durations = sorted(histogram)
    survivors = []
    share = Fraction(1)
    for days, exits, _ in durations:
        at_risk = sum(ended + open_ for later, ended, open_ in durations if later >= days)
        share *= 1 - Fraction(exits, at_risk) if at_risk else 1
        survivors.append((days, share))
    return tuple(next((days for days, left in survivors if left <= quartile), None) for quartile in QUARTILES)


def kaplan_meier(histograms: dict[str | None, list[tuple[int, int, int]]]) -> dict[str | None, tuple[int | None, ...]]:
    rows = [(name, *row) for name, histogram in histograms.items() for row in histogram]
    with duckdb.connect() as connection:
        connection.execute("create table told (name varchar, days integer, exits bigint, censored bigint)")
        connection.executemany("insert into told values (?, ?, ?, ?)", rows)
        found = connection.execute(f"from {MACROS.kaplan_meier('told', ['name'])}").fetchall()
    return {name: tuple(days) for name, *days in found}


def test_half_of_an_even_number_is_half() -> None:
    assert kaplan_meier({"even": [(1, 7, 0), (2, 7, 0)]}) == {"even": (1, 1, 2)}


def test_what_a_day_censors_is_still_at_risk_on_that_day() -> None:
    assert kaplan_meier({"tied": [(3, 1, 1), (5, 1, 0)]}) == {"tied": (3, 5, 5)}


def test_a_quartile_that_too_few_reach_is_null_and_a_null_is_a_slice() -> None:
    found = kaplan_meier({"young": [(1, 1, 0), (9, 0, 2)], None: [(0, 0, 4)], "gone": [(4, 3, 0)]})
    assert found == {"young": (1, None, None), None: (None, None, None), "gone": (4, 4, 4)}


def test_random_histograms_have_the_quartiles_of_exact_fractions() -> None:
    dice = random.Random(4)
    histograms: dict[str | None, list[tuple[int, int, int]]] = {
        str(number): [
            (days, dice.choice([0, 1, 2, 50]), dice.choice([0, 0, 1, 30]))
            for days in sorted(dice.sample(range(60), dice.randint(1, 25)))
        ]
        for number in range(400)
    }
    filled = {
        name: histogram for name, histogram in histograms.items() if any(exits + open_ for _, exits, open_ in histogram)
    }
    assert kaplan_meier(histograms) == {name: quartiles(histogram) for name, histogram in filled.items()}
