"""The ways in which a customer's contracts can go, each one a plot with its weight.
A plot signs contracts in a book; which customer gets which plot is dealt elsewhere.
"""

import datetime as dt
from collections.abc import Callable

from ingest.simulate.clock import DAY, END, END_DATE, as_date
from ingest.simulate.contracts import Book, last_day, office_hour
from ingest.simulate.vocabulary import PRODUCTS


def _first_start(book: Book) -> dt.date:
    signed = as_date(book.customer.signed_at)
    if book.random.random() < 0.4:
        return (signed.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    return signed + book.days(0, 14)


def _price(book: Book, mrr: float) -> float:
    """The same price, an upgrade or a downgrade."""
    chance = book.random.random()
    if chance < 0.6:
        return mrr
    return mrr * (book.random.uniform(1.05, 1.5) if chance < 0.85 else book.random.uniform(0.6, 0.9))


def _renewed_terms(book: Book) -> None:
    """Terms one after the other: renewed on time or late, churned, sometimes back again."""
    signed_at, starts_on = book.customer.signed_at, _first_start(book)
    mrr, former = book.customer.mrr, ""
    months = book.random.choices((3, 6, 12), (0.2, 0.2, 0.6))[0]
    while contract_id := book.sign(signed_at, starts_on, last_day(starts_on, months), mrr, renews_contract_id=former):
        due = last_day(starts_on, months) + dt.timedelta(days=1)
        fate = book.random.choices(
            ("renewed", "late", "very_late", "returned", "churned"), (0.66, 0.09, 0.04, 0.06, 0.15)
        )[0]
        if fate == "churned":
            return
        starts_on, signed_on = _successor(book, fate, due)
        signed_at, mrr = office_hour(signed_on), _price(book, mrr)
        former = contract_id if book.random.random() < (0.4 if fate == "returned" else 0.88) else ""


def _successor(book: Book, fate: str, due: dt.date) -> tuple[dt.date, dt.date]:
    """First day and day of signature of the next term."""
    if fate == "renewed":
        return due, due - book.days(1, 45)
    if fate == "late":
        signed_on = due + book.days(1, 28)
        return (due if book.random.random() < 0.4 else signed_on), signed_on
    starts_on = due + (book.days(33, 75) if fate == "very_late" else book.days(90, 250))
    return starts_on, starts_on - book.days(0, 5)


def _year(book: Book, starts_on: dt.date | None = None, mrr: float | None = None) -> dt.date:
    """One term of a year; its first day."""
    starts_on = starts_on or _first_start(book)
    price = book.customer.mrr if mrr is None else mrr
    book.sign(book.customer.signed_at, starts_on, last_day(starts_on, 12), price)
    return starts_on


def _open_ended(book: Book) -> None:
    book.sign(book.customer.signed_at, _first_start(book), None, book.customer.mrr)


def _open_ended_cancelled(book: Book) -> None:
    starts_on = _first_start(book)
    book.sign(book.customer.signed_at, starts_on, None, book.customer.mrr)
    book.cancel(starts_on + book.days(40, 300))


def _cancelled(book: Book) -> None:
    book.cancel(_year(book) + book.days(30, 250))


def _cancelled_before_start(book: Book) -> None:
    starts_on = as_date(book.customer.signed_at) + book.days(20, 40)
    _year(book, starts_on)
    book.cancel(starts_on - book.days(0, 15))


def _free(book: Book) -> None:
    _year(book, mrr=0.0)


def _free_then_paid(book: Book) -> None:
    starts_on = _first_start(book)
    trial_ends = last_day(starts_on, 3)
    trial = book.sign(book.customer.signed_at, starts_on, trial_ends, 0.0)
    paid_from = trial_ends + dt.timedelta(days=1)
    signed_at = office_hour(paid_from - book.days(0, 10))
    ends_on = last_day(paid_from, 12)
    book.sign(signed_at, paid_from, ends_on, book.customer.mrr, renews_contract_id=trial)


def _add_on(book: Book) -> None:
    starts_on = _year(book)
    from_day = starts_on + book.days(20, 150)
    product, share = book.random.choice(PRODUCTS), book.random.uniform(0.1, 0.5)
    ends_on = last_day(starts_on, 12)
    signed_at = office_hour(from_day - book.days(0, 9))
    book.sign(signed_at, from_day, ends_on, book.customer.mrr * share, product=product)


def _amended(book: Book, factor: float) -> None:
    """Within the term the contract is cancelled for one at another price."""
    starts_on = _year(book)
    former = str(book.rows[-1]["contract_id"])
    change_on = starts_on + book.days(40, 200)
    if office_hour(change_on) >= END:
        return
    book.cancel(change_on)
    book.sign(
        office_hour(change_on - book.days(0, 5)),
        change_on,
        last_day(starts_on, 12),
        book.customer.mrr * factor,
        renews_contract_id=former,
    )


def _upgraded(book: Book) -> None:
    _amended(book, book.random.uniform(1.2, 2.0))


def _downgraded(book: Book) -> None:
    _amended(book, book.random.uniform(0.4, 0.8))


def _signed_ahead(book: Book) -> None:
    _year(book, as_date(book.customer.signed_at) + book.days(60, 150))


def _back_dated(book: Book) -> None:
    _year(book, as_date(book.customer.signed_at) - book.days(3, 40))


def _scheduled(book: Book) -> None:
    """A successor that is signed by the company's end and starts after it."""
    _year(book)
    starts_on = END_DATE + book.days(5, 90)
    signed_at = max(END - book.random.randint(1, 20) * DAY, book.customer.signed_at)
    book.sign(signed_at, starts_on, last_day(starts_on, 12), book.customer.mrr)


def _other_currency(book: Book) -> None:
    starts_on = _first_start(book)
    ends_on = last_day(starts_on, 6)
    former = book.sign(book.customer.signed_at, starts_on, ends_on, book.customer.mrr)
    due = ends_on + dt.timedelta(days=1)
    book.sign(
        office_hour(due - book.days(1, 20)),
        due,
        last_day(due, 12),
        book.customer.mrr,
        currency="EUR" if book.customer.currency == "USD" else "USD",
        renews_contract_id=former,
    )


def _lead_named_later(book: Book) -> None:
    """The first contract names no lead, the next one does."""
    starts_on = _first_start(book)
    ends_on = last_day(starts_on, 3)
    book.sign(book.customer.signed_at, starts_on, ends_on, book.customer.mrr, lead_id="")
    due = ends_on + dt.timedelta(days=1)
    book.sign(office_hour(due - book.days(1, 9)), due, last_day(due, 12), book.customer.mrr)


def _one_day(book: Book) -> None:
    starts_on = _first_start(book)
    book.sign(book.customer.signed_at, starts_on, starts_on, book.customer.mrr)


def _churned_and_back(book: Book) -> None:
    """A term that ran out, months of nothing, and a second life without naming the first."""
    starts_on = _first_start(book)
    ends_on = last_day(starts_on, 3)
    book.sign(book.customer.signed_at, starts_on, ends_on, book.customer.mrr)
    back_on = ends_on + book.days(60, 200)
    book.sign(office_hour(back_on), back_on, last_day(back_on, 12), _price(book, book.customer.mrr))


def _renewed_late(book: Book, gap: dt.timedelta) -> None:
    starts_on = _first_start(book)
    ends_on = last_day(starts_on, 3)
    former = book.sign(book.customer.signed_at, starts_on, ends_on, book.customer.mrr)
    again_on = ends_on + gap
    price = _price(book, book.customer.mrr)
    ends_on = last_day(again_on, 12)
    book.sign(office_hour(again_on), again_on, ends_on, price, renews_contract_id=former)


def _late_within_grace(book: Book) -> None:
    _renewed_late(book, book.days(5, 25))


def _late_beyond_grace(book: Book) -> None:
    _renewed_late(book, book.days(35, 75))


_PLOTS: dict[str, tuple[float, Callable[[Book], None]]] = {
    "renewed_terms": (0.68, _renewed_terms),
    "open_ended": (0.04, _open_ended),
    "open_ended_cancelled": (0.02, _open_ended_cancelled),
    "cancelled": (0.03, _cancelled),
    "cancelled_before_start": (0.01, _cancelled_before_start),
    "free": (0.01, _free),
    "free_then_paid": (0.02, _free_then_paid),
    "add_on": (0.04, _add_on),
    "upgraded": (0.03, _upgraded),
    "downgraded": (0.02, _downgraded),
    "signed_ahead": (0.02, _signed_ahead),
    "back_dated": (0.02, _back_dated),
    "scheduled": (0.01, _scheduled),
    "other_currency": (0.01, _other_currency),
    "lead_named_later": (0.01, _lead_named_later),
    "one_day": (0.005, _one_day),
    "churned_and_back": (0.01, _churned_and_back),
    "late_within_grace": (0.015, _late_within_grace),
    "late_beyond_grace": (0.01, _late_beyond_grace),
}
PLOT_WEIGHTS = {name: weight for name, (weight, _) in _PLOTS.items()}


def write_book(book: Book, plot: str) -> None:
    """Sign all contracts of the book's customer, as the plot and its expansion have it."""
    if book.customer.signed_at >= END:
        return
    _PLOTS[plot][1](book)
    if book.customer.expansion:
        opportunity_id, signed_at, mrr = book.customer.expansion
        starts_on = as_date(signed_at) + book.days(0, 10)
        book.sign(
            signed_at,
            starts_on,
            last_day(starts_on, 12),
            mrr,
            opportunity_id=opportunity_id,
            product="analytics",
        )
