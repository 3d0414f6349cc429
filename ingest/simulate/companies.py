"""The companies that leads work for, made once for the whole run.
Size, country, industry and name; the people in them are in `people`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.simulate.draws import Words, choose
from ingest.simulate.vocabulary import (
    COMPANY_FIRST,
    COMPANY_SECOND,
    COUNTRIES,
    INDUSTRIES,
    TARGET_COMPANIES,
)

_LEADS_PER_COMPANY = 2.2
_LEADS_AT_TARGETS = 10_000
_SMALLEST = np.array([3, 100, 1000])
_LARGEST = np.array([99, 999, 40_000])


@dataclass(frozen=True)
class Companies:
    """All companies of the run, one place per company."""

    segment: NDArray[np.int64]
    employees: NDArray[np.int64]
    country: Words
    industry: Words
    first: NDArray[np.int64]
    second: NDArray[np.int64]

    def employers(
        self, rng: np.random.Generator, first: int, is_target: NDArray[np.bool_], total: int
    ) -> NDArray[np.int64]:
        """A company per lead from number `first` on; colleagues arrive over some months."""
        count, companies = len(is_target), len(self.segment)
        newest = np.arange(first, first + count) * companies // total
        usual = np.abs(newest - rng.exponential(0.02 * companies, count).astype(np.int64))
        is_target = is_target & (rng.random(count) < min(0.6, _LEADS_AT_TARGETS / total))
        return np.where(is_target, rng.integers(0, len(TARGET_COMPANIES), count), usual)

    def name_and_domain(self, company: int) -> tuple[str, str]:
        """The name without its legal form, and the one domain of that company."""
        if company < len(TARGET_COMPANIES):
            return TARGET_COMPANIES[company]
        first, second = COMPANY_FIRST[self.first[company]], COMPANY_SECOND[self.second[company]]
        return f"{first} {second}", f"{first}-{second}-{company}.example".lower()


def make_companies(rng: np.random.Generator, leads: int) -> Companies:
    """Companies for that many leads, each with two leads or so; some of unknown size."""
    count = max(2 * len(TARGET_COMPANIES), int(leads / _LEADS_PER_COMPANY))
    segment = np.searchsorted([0.64, 0.9], rng.random(count))
    segment[: len(TARGET_COMPANIES)] = len(_SMALLEST) - 1
    low, high = np.log(_SMALLEST[segment]), np.log(_LARGEST[segment] + 1)
    employees = np.exp(low + rng.random(count) * (high - low)).astype(np.int64)
    edge = rng.random(count) < 0.02
    employees = np.where(edge, _SMALLEST[segment], employees)
    is_unknown = (rng.random(count) < 0.06) & (segment == 0)
    return Companies(
        segment=segment,
        employees=np.where(is_unknown, -1, employees),
        country=choose(rng, COUNTRIES, count),
        industry=choose(rng, INDUSTRIES, count),
        first=rng.integers(0, len(COMPANY_FIRST), count),
        second=rng.integers(0, len(COMPANY_SECOND), count),
    )
