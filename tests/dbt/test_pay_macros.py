"""The macros of pay.sql against exact arithmetic. How marts use them stands beside the marts."""

import random
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import duckdb
import pytest

from tests.dbt.test_statistics import macros

MACROS = macros("pay.sql", decimal_as_read=macros("portable.sql").default__decimal_as_read)
MOST_UNITS, MOST_FULL_PAY = 10**6, 10**8
FINEST_UNITS, FINEST_FULL_PAY = Decimal("1e-26"), Decimal("1e-10")


def paid(cases: Sequence[tuple[Decimal, Decimal]]) -> list[Decimal]:
    """What the macro makes of units and full pay."""
    with duckdb.connect() as connection:
        connection.execute("create table cases (number integer, units decimal(38, 26), full_pay decimal(28, 10))")
        connection.executemany("insert into cases values (?, ?, ?)", [(n, *case) for n, case in enumerate(cases)])
        query = f"select {MACROS.paid('units', 'full_pay')} from cases order by number"
        return [amount for (amount,) in connection.execute(query).fetchall()]


def in_cents(units: Decimal, full_pay: Decimal) -> Decimal:
    """The same in fractions, half away from zero."""
    cents = Fraction(units) * Fraction(full_pay) * 100
    return Decimal(int(cents + Fraction(1, 2))) / 100


def decimals(draws: random.Random, most: int, digits: int) -> Decimal:
    """A number below `most` of up to so many decimals, as often a short one as a long one."""
    digits = draws.randint(0, digits)
    return Decimal(draws.randrange(most * 10 ** draws.randint(0, digits))).scaleb(-digits)


def test_money_is_rounded_once_from_the_exact_product() -> None:
    draws = random.Random(7)
    cases = [(decimals(draws, MOST_UNITS, 20), decimals(draws, MOST_FULL_PAY, 10)) for _ in range(2000)]
    assert paid(cases) == [in_cents(*case) for case in cases]


def test_the_smallest_amount_on_either_side_of_half_a_cent_decides() -> None:
    # Full pay of nearly 1 leaves the fraction's last product to decide.
    halves = [(Decimal(n) / 1000 + Decimal("0.005"), Decimal(1)) for n in range(10, 1000, 10)]
    above = [(units + FINEST_UNITS, full_pay) for units, full_pay in halves]
    below = [(units - FINEST_UNITS, full_pay) for units, full_pay in halves]
    finest = [(Decimal("0.5"), Decimal("0.01") + sign * FINEST_FULL_PAY) for sign in (-1, 0, 1)]
    cases = [*halves, *above, *below, *finest]
    assert paid(cases) == [in_cents(*case) for case in cases]
    assert paid(halves) == paid(above) != paid(below)
    assert paid(finest) == [Decimal("0.00"), Decimal("0.01"), Decimal("0.01")]


@pytest.mark.parametrize(
    ("published", "payable"),
    [
        (1.1, "1.1"),
        (0.1 + 0.2, "0.30000000000000004"),
        (2 / 3, "0.6666666666666666"),
        (1e-5, "0.00001"),
        (-0.5, "0"),
        (1e300, "999999"),
        (None, None),
    ],
)
def test_an_attainment_is_the_decimal_that_its_number_reads_as(published: float | None, payable: str | None) -> None:
    query = f"select {MACROS.payable_attainment('$attainment')}"
    [(found,)] = duckdb.execute(query, {"attainment": published}).fetchall()
    assert found == (None if payable is None else Decimal(payable))
