"""Opportunities from creation to won or lost, with the accidents that real ones have.
It hands back who won and who lost; contracts are written elsewhere.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.simulate.clock import DAY, office_time
from ingest.simulate.deals import Deals, create, yearly
from ingest.simulate.draws import Words, between, choose, happens, seconds, shifted
from ingest.simulate.outcomes import Won
from ingest.simulate.process import PHASES
from ingest.simulate.vocabulary import BUYER_ACTS, LOST_REASONS
from ingest.simulate.world import World

_FORECASTS = {
    "p1": {"pipeline": 0.85, "best_case": 0.15},
    "p2": {"pipeline": 0.6, "best_case": 0.35, "commit": 0.05},
    "p3": {"pipeline": 0.2, "best_case": 0.6, "commit": 0.2},
    "p4": {"best_case": 0.45, "commit": 0.55},
    "p5": {"best_case": 0.15, "commit": 0.85},
}


@dataclass(frozen=True)
class Lost:
    """Leads of opportunities that ended lost, and when."""

    lead: NDArray[np.int64]
    at: NDArray[np.int64]


def run(world: World, lead: NDArray[np.int64], at: NDArray[np.int64], share: float = 1.0) -> tuple[Won, Lost]:
    """One opportunity per element of `lead`, created at `at`; `share` is what it is worth against a first one."""
    deals = create(world, lead, at, share)
    accepted = _accept(world, deals)
    wins = accepted.copy()
    for phase in PHASES:
        wins = _phase(world, deals, wins, phase)
    is_won = np.zeros(len(lead), dtype=bool)
    is_won[wins] = True
    is_won |= deals.has_plot("reopened_after_won") | deals.has_plot("closed_by_contract")
    is_won &= ~deals.has_plot("reopened_after_lost")
    deals.at = office_time(deals.at + 3600, world.leads.offset_hours[lead])
    _win(world, deals, np.flatnonzero(is_won & ~deals.has_plot("closed_by_contract")))
    _lose(world, deals, np.flatnonzero(~is_won))
    is_won = _reopen(world, deals, is_won)
    rows, lost = np.flatnonzero(is_won), np.flatnonzero(~is_won)
    won = Won(lead[rows], deals.number[rows], deals.at[rows], deals.amount[rows], deals.currency.at(rows))
    world.won.append(won)
    return won, Lost(lead[lost], deals.at[lost])


def _accept(world: World, deals: Deals) -> NDArray[np.int64]:
    """Field sales takes the opportunity over, or refuses it; places of those accepted."""
    rng, count = world.rng, len(deals.lead)
    at = office_time(deals.at + seconds(rng, 0.5, count), world.leads.offset_hours[deals.lead])
    accepts = (rng.random(count) < 0.93) | ~deals.has_plot("plain")
    outcome = Words(("opportunity_rejected", "opportunity_accepted"), accepts.astype(int))
    reason = choose(rng, {"fit_gap": 0.5, "timing": 0.5}, count)
    world.log.add(
        deals.lead,
        outcome,
        at,
        opportunity=deals.number,
        actor=world.seller(deals.lead, at),
        channel="crm",
        reason=Words(reason.options, np.where(accepts, -1, reason.index)),
    )
    deals.at = at
    return np.flatnonzero(accepts)


def _phase(world: World, deals: Deals, live: NDArray[np.int64], phase: str) -> NDArray[np.int64]:
    """One phase of those still live; who goes on from it."""
    rng, leads = world.rng, world.leads
    lead, entered_at = deals.lead[live], deals.at[live]
    segment = leads.segment[lead]
    stay = seconds(rng, world.process.median_days(phase, segment, entered_at), len(live))
    chance = shifted(world.process.chance(phase, segment, entered_at), 0.25 * leads.pull[lead])
    group = segment * len(world.roster.rep_ids) + world.seller(lead, entered_at)
    goes_on = world.process.goes_on(rng, chance, group, entered_at)
    # Those who will not decide linger before anybody gives them up.
    stay = np.where(goes_on, stay, stay + between(rng, 2, 14, len(live)))
    deals.at[live] = office_time(entered_at + stay, leads.offset_hours[lead])
    _work_on(world, deals, live, entered_at, goes_on, phase)
    proves = happens(rng, np.where(goes_on, 0.9, 0.35), np.arange(len(live)))
    proved_at = entered_at[proves] + (stay[proves] * rng.uniform(0.3, 0.95, len(proves))).astype(np.int64)
    world.log.add(
        lead[proves],
        BUYER_ACTS[phase],
        proved_at,
        opportunity=deals.number[live][proves],
        channel="email",
    )
    going = live[goes_on]
    if phase != PHASES[-1]:
        _report(world, deals, going, PHASES.index(phase) + 1)
    return going


def _work_on(
    world: World,
    deals: Deals,
    live: NDArray[np.int64],
    since: NDArray[np.int64],
    goes_on: NDArray[np.bool_],
    phase: str,
) -> None:
    """Meetings, mails and a forecast within the phase."""
    rng = world.rng
    counts = rng.poisson(np.where(goes_on, 1.6, 1.0))
    rows = np.repeat(np.arange(len(live)), counts)
    deal_rows = live[rows]
    stay = deals.at[live] - since
    at = since[rows] + (stay[rows] * rng.random(len(rows))).astype(np.int64)
    at = office_time(at, world.leads.offset_hours[deals.lead[deal_rows]])
    kind = choose(rng, {"meeting": 0.4, "email_sent": 0.25, "email_reply": 0.25, "call": 0.1}, len(rows))
    outcomes = Words(("held", "", "", "connected"), kind.index)
    channels = Words(("video", "email", "email", "phone"), kind.index)
    by_buyer = kind.index == kind.options.index("email_reply")
    actor = np.where(by_buyer, -1, world.seller(deals.lead[deal_rows], at))
    world.log.add(
        deals.lead[deal_rows],
        kind,
        at,
        opportunity=deals.number[deal_rows],
        outcome=outcomes,
        channel=channels,
        actor=actor,
    )
    called = live[happens(rng, 0.4, np.arange(len(live)))]
    world.log.add(
        deals.lead[called],
        "forecast_called",
        deals.at[called] - 7200,
        opportunity=deals.number[called],
        outcome=choose(rng, _FORECASTS[phase], len(called)),
        actor=world.seller(deals.lead[called], deals.at[called]),
        channel="crm",
    )


def _report(world: World, deals: Deals, going: NDArray[np.int64], phase: int) -> None:
    """Report the next phase; one in eight is skipped, one in twenty is taken back first."""
    rng = world.rng
    changes = happens(rng, 0.25, going)
    factor = np.exp(rng.normal(-0.03, 0.1, len(changes)))
    deals.amount[changes] = yearly(deals.amount[changes] / 12 * factor, deals.step[changes])
    pushed = happens(rng, 0.25, going)
    deals.close_day[pushed] += rng.integers(15, 70, len(pushed))
    pulled = happens(rng, 0.05, going)
    deals.close_day[pulled] -= rng.integers(5, 25, len(pulled))
    reported = happens(rng, 0.88, going)
    _change_phase(world, deals, reported, deals.at[reported], phase)
    regressed = happens(rng, 0.05, reported)
    back_at = deals.at[regressed] + between(rng, 0.2, 3, len(regressed))
    _change_phase(world, deals, regressed, back_at, phase - 1)
    deals.at[regressed] = back_at + between(rng, 0.2, 6, len(regressed))
    _change_phase(world, deals, regressed, deals.at[regressed], phase)


def _change_phase(world: World, deals: Deals, rows: NDArray[np.int64], at: NDArray[np.int64], phase: int) -> None:
    world.log.add(
        deals.lead[rows],
        "opportunity_phase_changed",
        at,
        opportunity=deals.number[rows],
        stage=PHASES[phase],
        actor=world.seller(deals.lead[rows], at),
        channel="crm",
        amount=deals.amount[rows],
        currency=deals.currency.at(rows),
        expected_close_day=deals.close_day[rows],
    )


def _win(world: World, deals: Deals, rows: NDArray[np.int64]) -> None:
    _close(world, deals, rows, "opportunity_won")
    again = rows[deals.has_plot("won_twice")[rows]]
    _close(world, deals, again, "opportunity_won", 2 * DAY)


def _lose(world: World, deals: Deals, rows: NDArray[np.int64]) -> None:
    _close(world, deals, rows, "opportunity_lost", reason=choose(world.rng, LOST_REASONS, len(rows)))


def _close(
    world: World,
    deals: Deals,
    rows: NDArray[np.int64],
    activity_type: str,
    later: int = 0,
    **columns: Words,
) -> None:
    at = deals.at[rows] + later
    world.log.add(
        deals.lead[rows],
        activity_type,
        at,
        opportunity=deals.number[rows],
        actor=world.seller(deals.lead[rows], at),
        channel="crm",
        amount=deals.amount[rows],
        currency=deals.currency.at(rows),
        **columns,
    )


def _reopen(world: World, deals: Deals, is_won: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Open the plotted ones again, move them on and close them a second time."""
    rng = world.rng
    rows = np.flatnonzero(deals.has_plot("reopened_after_lost") | deals.has_plot("reopened_after_won"))
    deals.at[rows] = _later(world, deals, rows, 2, 30)
    _close(world, deals, rows, "opportunity_reopened")
    deals.at[rows] = _later(world, deals, rows, 1, 10)
    _change_phase(world, deals, rows, deals.at[rows], 3)
    deals.at[rows] = _later(world, deals, rows, 1, 15)
    wins_now = rng.random(len(rows)) < 0.5
    _win(world, deals, rows[wins_now])
    _lose(world, deals, rows[~wins_now])
    is_won = is_won.copy()
    is_won[rows] = wins_now
    return is_won


def _later(world: World, deals: Deals, rows: NDArray[np.int64], low: float, high: float) -> NDArray[np.int64]:
    """A moment between so many days later, in office hours."""
    at = deals.at[rows] + between(world.rng, low, high, len(rows))
    return office_time(at, world.leads.offset_hours[deals.lead[rows]])
