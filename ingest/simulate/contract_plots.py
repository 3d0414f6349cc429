"""The ways in which a customer's contracts can go, each one a plot with its weight.
A plot signs contracts in a book; which customer gets which plot is dealt elsewhere.
"""

import datetime as dt
from collections.abc import Callable

from ingest.simulate.clock import DAY, as_date
from ingest.simulate.contract_terms import ONE_DAY, first_start, first_term, follow, go_on, varied_price
from ingest.simulate.contracts import Book, last_day, office_hour
from ingest.simulate.vocabulary import PRODUCTS, UNITS_PER_DOLLAR


def steady(book: Book) -> None:
    """Year after year, renewed on time at the same price."""
    first_term(book)
    while (term := book.term) and term.ends_on:
        due = term.ends_on + ONE_DAY
        if not follow(book, due, 12, term.mrr, renews_contract_id=term.contract_id):
            return


def _renewed_terms(book: Book) -> None:
    months = book.random.choices((3, 6, 12), (0.05, 0.12, 0.83))[0]
    first_term(book, months)
    go_on(book, months)


def _open_ended(book: Book) -> None:
    book.sign(book.customer.signed_at, first_start(book), None, book.customer.mrr)


def _open_ended_cancelled(book: Book) -> None:
    starts_on = first_start(book)
    book.sign(book.customer.signed_at, starts_on, None, book.customer.mrr)
    book.cancel(starts_on + book.days(90, 400))


def _cancelled(book: Book) -> None:
    book.cancel(first_term(book) + book.days(60, 300))


def _cancelled_before_start(book: Book) -> None:
    starts_on = as_date(book.customer.signed_at) + book.days(20, 40)
    first_term(book, starts_on=starts_on)
    book.cancel(starts_on - book.days(0, 15))


def _free(book: Book) -> None:
    starts_on = first_start(book)
    book.sign(book.customer.signed_at, starts_on, last_day(starts_on, 12), 0.0)


def _free_then_paid(book: Book) -> None:
    starts_on = first_start(book)
    trial_ends = last_day(starts_on, 3)
    trial = book.sign(book.customer.signed_at, starts_on, trial_ends, 0.0)
    if follow(book, trial_ends + ONE_DAY, 12, book.customer.mrr, renews_contract_id=trial):
        go_on(book)


def _add_on(book: Book) -> None:
    """A second product within the term; both are renewed as one."""
    starts_on = first_term(book)
    core = book.term
    from_day = starts_on + book.days(20, 200)
    price = book.priced(book.customer.mrr * book.random.uniform(0.1, 0.3))
    signed_at = office_hour(from_day - book.days(0, 9))
    product = book.random.choice(PRODUCTS)
    if core and book.sign(signed_at, from_day, last_day(starts_on, 12), price, product=product) and core.ends_on:
        both = book.priced(core.mrr + price)
        if follow(book, core.ends_on + ONE_DAY, 12, both, renews_contract_id=core.contract_id):
            go_on(book)


def _amended(book: Book, factor: float) -> None:
    """Within the term the contract is cancelled for one at another price."""
    starts_on = first_term(book)
    former = book.term
    change_on = starts_on + book.days(40, 250)
    if not former or office_hour(change_on) >= book.span.end:
        return
    book.cancel(change_on)
    book.sign(
        office_hour(change_on - book.days(0, 5)),
        change_on,
        last_day(starts_on, 12),
        book.priced(former.mrr * factor),
        renews_contract_id=former.contract_id,
    )
    go_on(book)


def _upgraded(book: Book) -> None:
    _amended(book, book.random.uniform(1.15, 1.4))


def _downgraded(book: Book) -> None:
    _amended(book, book.random.uniform(0.7, 0.9))


def _signed_ahead(book: Book) -> None:
    first_term(book, starts_on=as_date(book.customer.signed_at) + book.days(60, 150))
    go_on(book)


def _back_dated(book: Book) -> None:
    first_term(book, starts_on=as_date(book.customer.signed_at) - book.days(3, 40))
    go_on(book)


def _scheduled(book: Book) -> None:
    """The last term's successor is signed by the company's end and starts after it."""
    first_term(book)
    while (term := book.term) and term.ends_on:
        due = term.ends_on + ONE_DAY
        if due > book.span.until:
            signed_at = max(book.span.end - book.random.randint(1, 20) * DAY, book.customer.signed_at)
            book.sign(signed_at, due, last_day(due, 12), term.mrr, renews_contract_id=term.contract_id)
            return
        book.sign(office_hour(due - ONE_DAY), due, last_day(due, 12), term.mrr, renews_contract_id=term.contract_id)


def _other_currency(book: Book) -> None:
    """The first renewal is worth the same, but in dollars or euros."""
    starts_on = first_term(book, 6)
    former = book.term
    currency = "EUR" if book.customer.currency == "USD" else "USD"
    dollars = book.customer.mrr / UNITS_PER_DOLLAR.get(book.customer.currency, 1.0)
    mrr = book.priced(dollars * UNITS_PER_DOLLAR[currency], currency)
    due = last_day(starts_on, 6) + ONE_DAY
    if former and follow(book, due, 12, mrr, currency=currency, renews_contract_id=former.contract_id):
        go_on(book)


def _lead_named_later(book: Book) -> None:
    """The first contract names no lead, the next one does."""
    starts_on = first_term(book, 3, lead_id="")
    if follow(book, last_day(starts_on, 3) + ONE_DAY, 12, book.customer.mrr):
        go_on(book)


def _one_day(book: Book) -> None:
    """A day on trial, and a year from the next day on."""
    starts_on = first_start(book)
    book.sign(book.customer.signed_at, starts_on, starts_on, book.customer.mrr)
    starts_on += ONE_DAY
    signed_at = max(office_hour(starts_on), book.customer.signed_at)
    if book.sign(signed_at, starts_on, last_day(starts_on, 12), book.customer.mrr):
        go_on(book)


def _churned_and_back(book: Book) -> None:
    """A term that ran out, months of nothing, and a second life without naming the first."""
    starts_on = first_term(book, 3)
    back_on = last_day(starts_on, 3) + book.days(60, 200)
    if book.sign(office_hour(back_on), back_on, last_day(back_on, 12), varied_price(book, book.customer.mrr)):
        go_on(book)


def _renewed_late(book: Book, gap: dt.timedelta) -> None:
    starts_on = first_term(book, 3)
    former = book.term
    again_on = last_day(starts_on, 3) + gap
    named = former.contract_id if former else ""
    price = varied_price(book, book.customer.mrr)
    if book.sign(office_hour(again_on), again_on, last_day(again_on, 12), price, renews_contract_id=named):
        go_on(book)


def _late_within_grace(book: Book) -> None:
    _renewed_late(book, book.days(5, 25))


def _late_beyond_grace(book: Book) -> None:
    _renewed_late(book, book.days(35, 75))


_PLOTS: dict[str, tuple[float, Callable[[Book], None]]] = {
    "renewed_terms": (0.617, _renewed_terms),
    "open_ended": (0.05, _open_ended),
    "open_ended_cancelled": (0.02, _open_ended_cancelled),
    "cancelled": (0.03, _cancelled),
    "cancelled_before_start": (0.005, _cancelled_before_start),
    "free": (0.008, _free),
    "free_then_paid": (0.02, _free_then_paid),
    "add_on": (0.08, _add_on),
    "upgraded": (0.06, _upgraded),
    "downgraded": (0.02, _downgraded),
    "signed_ahead": (0.02, _signed_ahead),
    "back_dated": (0.02, _back_dated),
    "scheduled": (0.01, _scheduled),
    "other_currency": (0.005, _other_currency),
    "lead_named_later": (0.01, _lead_named_later),
    "one_day": (0.004, _one_day),
    "churned_and_back": (0.006, _churned_and_back),
    "late_within_grace": (0.01, _late_within_grace),
    "late_beyond_grace": (0.005, _late_beyond_grace),
}
PLOT_WEIGHTS = {name: weight for name, (weight, _) in _PLOTS.items()}


def write_book(book: Book, plot: Callable[[Book], None]) -> None:
    """Sign all contracts of the book's customer, as the plot and its expansion have it."""
    if book.customer.signed_at >= book.span.end:
        return
    plot(book)
    if book.customer.expansion:
        _expand(book, *book.customer.expansion)


def plot_named(name: str) -> Callable[[Book], None]:
    """The plot of that name."""
    return _PLOTS[name][1]


def _expand(book: Book, opportunity_id: str, signed_at: int, mrr: float) -> None:
    """A second product for as long as the customer stays, renewed year by year."""
    if not book.rows:
        return
    leaves_on = _leaves_on(book)
    starts_on, former = as_date(signed_at) + book.days(0, 10), ""
    while starts_on < leaves_on:
        ends_on = min(last_day(starts_on, 12), leaves_on)
        former = book.sign(
            signed_at,
            starts_on,
            ends_on,
            mrr,
            opportunity_id="" if former else opportunity_id,
            product="analytics",
            renews_contract_id=former,
        )
        if not former:
            return
        starts_on = ends_on + ONE_DAY
        signed_at = office_hour(starts_on - book.days(1, 20))


def _leaves_on(book: Book) -> dt.date:
    """The last day that the customer's last contract covers; the end of days where that is not over yet."""
    last = book.rows[-1]
    days = [dt.date.fromisoformat(str(last["ends_on"]))] if "ends_on" in last else []
    days += [dt.date.fromisoformat(str(last["cancelled_on"])) - ONE_DAY] if "cancelled_on" in last else []
    leaves_on = min(days, default=dt.date.max)
    return leaves_on if leaves_on < book.span.until else dt.date.max
