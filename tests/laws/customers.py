"""What customers of a random story signed, and what they had on a day, read a second time in plain Python."""

import csv
import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from tests.dbt_runs import DBT_PROJECT
from tests.laws import stories

GRACE = dt.timedelta(days=30)
DAY = dt.timedelta(days=1)
NEVER = dt.date(9000, 1, 1)


@dataclass(frozen=True)
class Contract:
    """One contract as it stands; `until` is the first day that it no longer covers."""

    contract_id: str
    customer_id: str
    lead_id: str
    signed_at: dt.datetime
    starts_on: dt.date
    ends_on: dt.date | None
    cancelled_on: dt.date | None
    renews: str
    owner_id: str
    mrr: Decimal

    @property
    def until(self) -> dt.date:
        """By its end or its cancellation."""
        ends = [self.ends_on + DAY] if self.ends_on else []
        return min([*ends, *([self.cancelled_on] if self.cancelled_on else []), NEVER])

    @property
    def covers(self) -> bool:
        """Whether it covers a day."""
        return self.starts_on < self.until

    @property
    def is_cancelled(self) -> bool:
        """Whether it did not run out."""
        return self.cancelled_on is not None and (self.ends_on is None or self.cancelled_on <= self.ends_on)


@dataclass
class Customer:
    """All that one customer signed by as_of, and its lead."""

    customer_id: str
    lead_id: str | None
    contracts: Sequence[Contract]
    today: dt.date

    @property
    def covering(self) -> Sequence[Contract]:
        """Contracts that cover a day, by their first."""
        return sorted((one for one in self.contracts if one.covers), key=lambda one: one.starts_on)

    def islands(self) -> Iterator[tuple[dt.date, dt.date, bool]]:
        """First day, first day no longer covered and whether overdue, of each run of days with gaps bridged."""
        runs: list[list[Contract]] = []
        for one in self.covering:
            if runs and one.starts_on <= max(other.until for other in runs[-1]) + GRACE:
                runs[-1].append(one)
            else:
                runs.append([one])
        for run in runs:
            end = max(one.until for one in run)
            is_late = end <= self.today <= end + GRACE and run is runs[-1]
            ran_out = any(one.until == end and not one.is_cancelled for one in run)
            yield run[0].starts_on, end, is_late and ran_out

    def mrr(self, day: dt.date) -> Decimal:
        """What it pays on a day up to as_of's."""
        for starts_on, end, is_overdue in self.islands():
            if starts_on <= day and (day < end or is_overdue):
                while not any(one.starts_on <= day < one.until for one in self.covering):
                    day -= DAY
                return sum((one.mrr for one in self.covering if one.starts_on <= day < one.until), Decimal(0))
        return Decimal(0)

    def owner(self, day: dt.date, of_lead: str | None) -> str:
        """Who looks after it on a day."""
        named = [one for one in self.contracts if one.owner_id and one.signed_at.date() <= day]
        if named:
            return max(named, key=lambda one: (one.signed_at, one.contract_id)).owner_id
        return of_lead or "unassigned"


def rates() -> dict[str, Decimal]:
    """Rates of currencies; the empty one is the reporting currency."""
    with (DBT_PROJECT / "seeds" / "money" / "exchange_rates.csv").open(encoding="utf-8", newline="") as file:
        return {"": Decimal(1), **{row["currency"]: Decimal(row["rate_to_reporting"]) for row in csv.DictReader(file)}}


def customers(story: stories.Story, as_of: dt.datetime) -> dict[str, Customer]:
    """The customers by their ids, as of a moment in UTC."""
    survivor = stories.survivors(story)
    signed: dict[str, list[Contract]] = defaultdict(list)
    rate = rates()
    for row in stories.current_rows(story, "contracts", "contract_id").values():
        if row.get("is_deleted") == "true" or dt.datetime.fromisoformat(row["signed_at"]) > as_of:
            continue
        mrr = (Decimal(row["mrr"]) * rate[row["currency"]]).quantize(Decimal("0.01"), ROUND_HALF_UP)
        one = Contract(
            row["contract_id"],
            row["customer_id"],
            survivor.get(row["lead_id"], ""),
            dt.datetime.fromisoformat(row["signed_at"]),
            dt.date.fromisoformat(row["starts_on"]),
            dt.date.fromisoformat(row["ends_on"]) if row["ends_on"] else None,
            dt.date.fromisoformat(row["cancelled_on"]) if row["cancelled_on"] else None,
            row["renews_contract_id"],
            row.get("owner_id", ""),
            mrr,
        )
        signed[one.customer_id].append(one)
    return {
        customer_id: Customer(
            customer_id,
            next(
                (one.lead_id for one in sorted(rows, key=lambda one: (one.signed_at, one.contract_id)) if one.lead_id),
                None,
            ),
            rows,
            as_of.date(),
        )
        for customer_id, rows in signed.items()
    }


def amended(term: Contract, of_customer: Sequence[Contract]) -> bool:
    """Whether another contract took the cancelled term's place."""
    return term.is_cancelled and any(
        one.renews == term.contract_id
        and one.ends_on is not None
        and term.ends_on is not None
        and term.cancelled_on is not None
        and one.ends_on <= term.ends_on
        and abs(one.starts_on - term.cancelled_on) <= GRACE
        for one in of_customer
    )


def renewals(customer: Customer) -> Iterator[tuple[dt.date, list[Contract], list[Contract]]]:
    """Due date, terms and successors in their order."""
    terms = [one for one in customer.covering if one.ends_on]
    due: dict[dt.date, list[Contract]] = defaultdict(list)
    for term in terms:
        if term.ends_on and not amended(term, customer.covering):
            due[term.ends_on + DAY].append(term)
    ends = {date: max(one.until for one in group) for date, group in due.items()}
    ids = {term.contract_id for term in terms}
    for date, group in due.items():
        deadline = ends[date] + GRACE
        named = [
            one
            for one in customer.covering
            if one.renews in {term.contract_id for term in group}
            and one.starts_on <= deadline
            and (one.ends_on is None or one.ends_on + DAY != date)
        ]
        nameless = [
            one
            for one in customer.covering
            if one.renews not in ids
            and ends[date] <= one.starts_on <= deadline
            and (ends[date], date) == max((end, other) for other, end in ends.items() if end <= one.starts_on)
        ]
        yield date, group, sorted(named or nameless, key=lambda one: (one.starts_on, one.signed_at, one.contract_id))


def status(end: dt.date, terms: Sequence[Contract], first: Contract | None, today: dt.date) -> tuple[str, int | None]:
    """What became of a renewal, and how late it was."""
    if first:
        late = max((first.starts_on - end).days, (first.signed_at.date() - end).days, 0)
        return ("late" if late else "renewed"), late
    if today < end:
        return "upcoming", None
    ran_out = any(one.until == end and not one.is_cancelled for one in terms)
    return ("overdue" if ran_out and today <= end + GRACE else "churned"), None
