"""The macros of statistics.sql against slow and exact arithmetic. How marts use them stands beside the marts."""

import random
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import duckdb
import jinja2
import numpy
import pytest

from tests.dbt_runs import DBT_PROJECT


def macros(file: str, **others: Any) -> Any:
    """The macros of one file; `others` are those of other files that they call."""
    text = (DBT_PROJECT / "macros" / file).read_text(encoding="utf-8")
    return jinja2.Environment().from_string(text, globals=others).module


PORTABLE = macros("portable.sql")
MACROS = macros("statistics.sql", same=PORTABLE.same, ratio=PORTABLE.ratio)
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


@pytest.mark.parametrize(
    ("share", "other", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_the_interval_of_a_difference_is_newcombes(
    share: tuple[int, int], other: tuple[int, int], low: float, high: float
) -> None:
    """His own examples (1998, table II, method 10)."""
    assert one(MACROS.newcombe_low(share, other)) == pytest.approx(low, abs=0.00005)
    assert one(MACROS.newcombe_high(share, other)) == pytest.approx(high, abs=0.00005)


@pytest.mark.parametrize(("share", "other"), [((0, 0), (3, 10)), ((3, 10), (0, 0))])
def test_of_nothing_there_is_no_interval_of_a_difference(share: tuple[int, int], other: tuple[int, int]) -> None:
    assert one(MACROS.newcombe_low(share, other)) is one(MACROS.newcombe_high(share, other)) is None


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


Ages = list[list[tuple[int, int]]]


def log_rank(slices: dict[str, Ages]) -> dict[str, bool | None]:
    """What the macro says of slices of groups, each a list of (at risk, events) by age."""
    rows = [
        (name, group + 1, age, *cell)
        for name, groups in slices.items()
        for group, ages in enumerate(groups)
        for age, cell in enumerate(ages)
    ]
    with duckdb.connect() as connection:
        connection.execute("create table told (name text, group_number int, age int, at_risk bigint, events bigint)")
        connection.executemany("insert into told values (?, ?, ?, ?, ?)", rows)
        return dict(connection.execute(f"from {MACROS.log_rank('told', ['name'], 'age')}").fetchall())


def chi_square(groups: Ages) -> tuple[float, int]:
    """The log-rank statistic by its definition, with a generalised inverse, and its degrees of freedom."""
    surplus, covariance = numpy.zeros(3), numpy.zeros((3, 3))
    for age in range(max(map(len, groups))):
        cells = [ages[age] if age < len(ages) else (0, 0) for ages in groups]
        at_risk, events = (numpy.array(column, dtype=float) for column in zip(*cells, strict=True))
        everybody, all_events = at_risk.sum(), events.sum()
        if everybody > 1:
            shares = at_risk / everybody
            scatter = all_events * (everybody - all_events) / (everybody - 1)
            surplus += events - all_events * shares
            covariance += scatter * (numpy.diag(shares) - numpy.outer(shares, shares))
    rank = int(numpy.linalg.matrix_rank(covariance, tol=1e-9))
    return float(surplus @ numpy.linalg.pinv(covariance, rcond=1e-9) @ surplus), rank


def random_groups(dice: random.Random) -> Ages:
    """Three groups of which each later one has come to fewer ages, with rates that may or may not differ."""
    groups: Ages = []
    for group in range(3):
        at_risk, rate = dice.choice([1, 5, 60, 5000]), dice.choice([0, 0.1, 0.1, 0.12, 1])
        groups.append([])
        for _ in range(4 - group):
            events = round(at_risk * rate * dice.random())
            groups[-1].append((at_risk, events))
            at_risk -= events
    return groups


def test_three_groups_differ_when_the_log_rank_statistic_says_so() -> None:
    dice = random.Random(5)
    slices = {str(number): random_groups(dice) for number in range(400)}
    limits = (float("inf"), 3.841458820694124, 5.991464547107979)
    expected = {
        name: statistic > limits[rank]
        for name, (statistic, rank) in zip(slices, map(chi_square, slices.values()), strict=True)
    }
    assert log_rank(slices) == expected
    assert 40 < sum(expected.values()) < 360


def test_at_a_single_age_it_is_the_test_of_a_contingency_table() -> None:
    """Of one age it is Pearson's times (n - 1) / n: 20, 10 and 10 of 40 come to 7.4, 19, 10 and 11 to 5.4."""
    assert log_rank(
        {"differ": [[(40, 20)], [(40, 10)], [(40, 10)]], "alike": [[(40, 19)], [(40, 10)], [(40, 11)]]}
    ) == {
        "differ": True,
        "alike": False,
    }


def test_two_groups_are_too_few_and_without_events_none_differs() -> None:
    assert log_rank({"two": [[(9, 9)], [(9, 0)]], "idle": [[(9, 0)], [(9, 0)], [(9, 0)]]}) == {
        "two": None,
        "idle": False,
    }
