"""Terms of a customer's contracts, one after the other: how long, at what price, signed when.
Which way a customer goes is said in the plots.
"""

import datetime as dt

from ingest.simulate.clock import as_date
from ingest.simulate.contracts import Book, last_day, office_hour

ONE_DAY = dt.timedelta(days=1)
_FATES = {"renewed": 0.79, "late": 0.07, "very_late": 0.01, "returned": 0.015, "churned": 0.115}


def first_start(book: Book) -> dt.date:
    """The first day of the first contract: of the next month, or some days after the signature."""
    signed = as_date(book.customer.signed_at)
    if book.random.random() < 0.4:
        return (signed.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    return signed + book.days(0, 14)


def varied_price(book: Book, mrr: float) -> float:
    """The same price, a rise or a reduction."""
    chance = book.random.random()
    if chance < 0.55:
        return mrr
    factor = book.random.uniform(1.03, 1.12) if chance < 0.93 else book.random.uniform(0.85, 0.95)
    return book.priced(mrr * factor)


def go_on(book: Book, months: int = 12) -> None:
    """Terms one after the other: renewed on time or late, churned, sometimes back again."""
    while (term := book.term) and term.ends_on:
        due = term.ends_on + ONE_DAY
        fate = book.random.choices(tuple(_FATES), tuple(_FATES.values()))[0]
        if fate == "churned":
            return
        starts_on, signed_on = _successor(book, fate, due)
        named = book.random.random() < (0.4 if fate == "returned" else 0.88)
        signed = book.sign(
            office_hour(signed_on),
            starts_on,
            last_day(starts_on, months),
            varied_price(book, term.mrr),
            currency=term.currency,
            renews_contract_id=term.contract_id if named else "",
        )
        if not signed:
            return


def _successor(book: Book, fate: str, due: dt.date) -> tuple[dt.date, dt.date]:
    """First day and day of signature of the next term."""
    if fate == "renewed":
        return due, due - book.days(1, 45)
    if fate == "late":
        signed_on = due + book.days(1, 28)
        return (due if book.random.random() < 0.4 else signed_on), signed_on
    starts_on = due + (book.days(33, 75) if fate == "very_late" else book.days(90, 250))
    return starts_on, starts_on - book.days(0, 5)


def follow(book: Book, starts_on: dt.date, months: int, mrr: float, **more: str) -> str:
    """A term that follows on what was signed before, signed some days ahead; its id, empty if not in time."""
    return book.sign(office_hour(starts_on - book.days(1, 20)), starts_on, last_day(starts_on, months), mrr, **more)


def first_term(book: Book, months: int = 12, starts_on: dt.date | None = None, **more: str) -> dt.date:
    """The customer's first term; its first day."""
    starts_on = starts_on or first_start(book)
    book.sign(book.customer.signed_at, starts_on, last_day(starts_on, months), book.customer.mrr, **more)
    return starts_on
