"""A customer, and the book of the contracts that it signs.
What is signed and when is decided by the plots in `contract_plots`.
"""

import calendar
import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from ingest.simulate.clock import DAY, END, EPOCH, as_text
from ingest.simulate.vocabulary import CANCEL_REASONS

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


@dataclass
class Book:
    """The contracts of one customer so far; signing after the company's end leaves no trace."""

    customer: Customer
    owner: Callable[[int], str]
    number: int
    random: random.Random
    rows: list[Row] = field(default_factory=list)

    def sign(self, signed_at: int, starts_on: dt.date, ends_on: dt.date | None, mrr: float, **more: str) -> str:
        """Add a contract; its id, empty if it was not signed in time."""
        if signed_at >= END:
            return ""
        values = {
            "contract_id": f"C{self.number:08d}",
            "customer_id": self.customer.customer_id,
            "signed_at": as_text(signed_at),
            "starts_on": starts_on.isoformat(),
            "ends_on": ends_on.isoformat() if ends_on else "",
            "mrr": round(mrr, 2),
            "lead_id": self.customer.lead_id,
            "opportunity_id": "" if self.rows else self.customer.opportunity_id,
            "product": "core",
            "currency": self.customer.currency,
            "owner_id": self.owner(signed_at),
        } | more
        self.number += 1
        self.rows.append({name: values[name] for name in COLUMNS if values.get(name, "") != ""})
        return str(values["contract_id"])

    def cancel(self, on: dt.date) -> None:
        """Cancel the contract signed last, from that day on."""
        self.rows[-1] |= {
            "cancelled_on": on.isoformat(),
            "cancel_reason": self.random.choice(CANCEL_REASONS),
        }

    def days(self, low: int, high: int) -> dt.timedelta:
        """A random number of whole days."""
        return dt.timedelta(days=self.random.randint(low, high))


def office_hour(date: dt.date) -> int:
    """A second of that day at which contracts are signed everywhere from Seoul to London."""
    return (date - EPOCH).days * DAY + 8 * 3600 + 1117


def last_day(starts_on: dt.date, months: int) -> dt.date:
    """The last day that a term of so many months from `starts_on` covers."""
    month = starts_on.month - 1 + months
    year, month = starts_on.year + month // 12, month % 12 + 1
    day = min(starts_on.day, calendar.monthrange(year, month)[1])
    return dt.date(year, month, day) - dt.timedelta(days=1)
