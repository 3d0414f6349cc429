"""A customer, and the book of the contracts that it signs.
What is signed and when is decided by the plots in `contract_plots`.
"""

import calendar
import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from ingest.simulate.clock import DAY, EPOCH, Span, as_text
from ingest.simulate.vocabulary import CANCEL_REASONS, PRICE_STEPS

COLUMNS = (
    "contract_id",
    "customer_id",
    "signed_at",
    "starts_on",
    "ends_on",
    "mrr",
    "updated_at",
    "lead_id",
    "opportunity_id",
    "product",
    "currency",
    "renews_contract_id",
    "cancelled_on",
    "cancel_reason",
    "owner_id",
    "is_deleted",
)

Row = dict[str, str | float | bool]


@dataclass(frozen=True)
class Customer:
    """Who signs: empty ids for a direct customer; `mrr` is the first one, in `currency`."""

    customer_id: str
    lead_id: str
    opportunity_id: str
    signed_at: int
    mrr: float
    currency: str
    expansion: tuple[str, int, float] | None = None


@dataclass(frozen=True)
class Term:
    """What a customer has signed last: the contract, its last day (None = open-ended), its price and its currency."""

    contract_id: str
    ends_on: dt.date | None
    mrr: float
    currency: str


@dataclass
class Book:
    """The contracts of one customer so far; signing after the company's end leaves no trace.

    Contracts are numbered from 1 within the book until it is `numbered` among all.
    """

    customer: Customer
    owner: Callable[[int], str]
    random: random.Random
    span: Span
    rows: list[Row] = field(default_factory=list)
    term: Term | None = None

    def sign(self, signed_at: int, starts_on: dt.date, ends_on: dt.date | None, mrr: float, **more: str) -> str:
        """Add a contract; its id, empty if it was not signed in time."""
        if signed_at >= self.span.end:
            return ""
        contract_id = _contract_id(len(self.rows) + 1)
        values = {
            "contract_id": contract_id,
            "customer_id": self.customer.customer_id,
            "signed_at": as_text(signed_at),
            "starts_on": starts_on.isoformat(),
            "ends_on": ends_on.isoformat() if ends_on else "",
            "mrr": mrr,
            "lead_id": self.customer.lead_id,
            "opportunity_id": "" if self.rows else self.customer.opportunity_id,
            "product": "core",
            "currency": self.customer.currency,
            "owner_id": self.owner(signed_at),
        } | more
        self.rows.append({name: values[name] for name in COLUMNS if values.get(name, "") != ""})
        self.term = Term(contract_id, ends_on, mrr, str(values["currency"]))
        return contract_id

    def cancel(self, on: dt.date) -> None:
        """Cancel the contract signed last, from that day on."""
        self.rows[-1] |= {
            "cancelled_on": on.isoformat(),
            "cancel_reason": self.random.choice(CANCEL_REASONS),
        }

    def priced(self, mrr: float, currency: str | None = None) -> float:
        """A monthly price in whole steps of the currency (the customer's); 0 stays free."""
        step = PRICE_STEPS.get(self.customer.currency if currency is None else currency, PRICE_STEPS["USD"])
        return float(max(round(mrr / step), 1 if mrr else 0) * step)

    def numbered(self, first: int) -> list[Row]:
        """The rows with their numbers among all contracts, from `first` on."""
        ids = {_contract_id(place): _contract_id(first + place - 1) for place in range(1, len(self.rows) + 1)}
        named = ("contract_id", "renews_contract_id")
        return [row | {name: ids[str(row[name])] for name in named if name in row} for row in self.rows]

    def days(self, low: int, high: int) -> dt.timedelta:
        """A random number of whole days."""
        return dt.timedelta(days=self.random.randint(low, high))


def _contract_id(number: int) -> str:
    return f"C{number:08d}"


def office_hour(date: dt.date) -> int:
    """A second of that day at which contracts are signed everywhere from Seoul to London."""
    return (date - EPOCH).days * DAY + 8 * 3600 + 1117


def last_day(starts_on: dt.date, months: int) -> dt.date:
    """The last day that a term of so many months from `starts_on` covers."""
    month = starts_on.month - 1 + months
    year, month = starts_on.year + month // 12, month % 12 + 1
    day = min(starts_on.day, calendar.monthrange(year, month)[1])
    return dt.date(year, month, day) - dt.timedelta(days=1)
