"""Leads of the simulated company: who they are and where they come from.
Attributes only, as columns for the simulation and as rows of the feed; what leads do is elsewhere.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.simulate.clock import Demand, Span, arrivals, as_text
from ingest.simulate.companies import Companies
from ingest.simulate.draws import Words, choose, deal
from ingest.simulate.reps import Roster
from ingest.simulate.vocabulary import (
    COMPANY_FORMS,
    INDUSTRY_PULL,
    JOB_TITLES,
    LEAD_SOURCES,
    ODD_NAMES,
    OUTBOUND_SOURCES,
    PEOPLE,
    SOURCE_CAMPAIGNS,
    TITLE_PULL,
    UTC_OFFSETS,
)

COLUMNS = (
    "lead_id",
    "created_at",
    "updated_at",
    "email",
    "full_name",
    "job_title",
    "company_name",
    "company_domain",
    "industry",
    "employee_count",
    "country",
    "lead_source",
    "campaign_id",
    "acquisition_cost",
    "owner_id",
    "merged_into_lead_id",
    "opted_out",
    "is_deleted",
)

Row = dict[str, str]

_SEGMENT_PULL = np.array([-0.1, 0.15, 0.1])


@dataclass(frozen=True)
class Leads:
    """One chunk of leads, one place per lead, in order of arrival."""

    first_number: int
    created_at: NDArray[np.int64]
    company: NDArray[np.int64]
    segment: NDArray[np.int64]
    country: Words
    offset_hours: NDArray[np.int64]
    source: Words
    is_outbound: NDArray[np.bool_]
    key: NDArray[np.int64]
    pull: NDArray[np.float64]
    rows: list[Row]

    @property
    def ids(self) -> list[str]:
        """lead_id by place."""
        return [row["lead_id"] for row in self.rows]


def make_leads(
    rng: np.random.Generator,
    companies: Companies,
    roster: Roster,
    span: Span,
    demand: Demand,
    first: int,
    count: int,
    total: int,
) -> Leads:
    """Leads number `first` .. `first + count` of `total`."""
    created_at = arrivals(rng, span, demand, first, count, total)
    source = choose(rng, {name: share for name, (share, _, _) in LEAD_SOURCES.items()}, count)
    is_target = source.index == source.options.index("target_account")
    company = companies.employers(rng, first, is_target, total)
    country = companies.country.at(company)
    title = choose(rng, JOB_TITLES, count)
    is_outbound = np.isin(source.index, [source.options.index(name) for name in OUTBOUND_SOURCES])
    segment = companies.segment[company]
    key = _turns(rng, segment, roster.turns)
    leads = Leads(
        first_number=first,
        created_at=created_at,
        company=company,
        segment=segment,
        country=country,
        offset_hours=np.array([UTC_OFFSETS[code] for code in country.options])[country.index],
        source=source,
        is_outbound=is_outbound,
        key=key,
        pull=rng.normal(0, 0.8, count)
        + _SEGMENT_PULL[segment]
        + np.array([pull for _, pull, _ in LEAD_SOURCES.values()])[source.index]
        + np.array([TITLE_PULL.get(name, 0.0) for name in title.options])[title.index]
        + np.array(list(INDUSTRY_PULL.values()))[companies.industry.at(company).index],
        rows=[],
    )
    owner = np.where(
        is_outbound,
        roster.on_duty("outbound_ebr", created_at, key),
        roster.on_duty("inbound_sr", created_at, key),
    )
    leads.rows.extend(_rows(rng, companies, leads, title, Words(roster.rep_ids, owner)))
    return leads


def lead_id(number: int) -> str:
    """The id of the lead with that number, from 0."""
    return f"L{number + 1:08d}"


def _turns(rng: np.random.Generator, segment: NDArray[np.int64], turns: int) -> NDArray[np.int64]:
    """Whose turn each lead is: leads of a segment go round, so that nobody gets more of the large ones than others."""
    stride = next(step for step in range(round(0.38 * turns), 2 * turns) if math.gcd(step, turns) == 1)
    order = np.argsort(segment, kind="stable")
    key = np.empty(len(segment), dtype=np.int64)
    key[order] = (np.arange(len(segment)) * stride + rng.integers(turns)) % turns
    return key


def _rows(rng: np.random.Generator, companies: Companies, leads: Leads, title: Words, owner: Words) -> list[Row]:
    count = len(leads.created_at)
    odd = deal(rng, {"": 0.99} | dict.fromkeys(ODD_NAMES, 0.001), count).texts()
    person = rng.integers(0, 1000, count).tolist()
    cost = np.exp(rng.normal(0, 0.35, count)).tolist()
    # A lead without a company is taken for one of a small one.
    has_no_company = ((rng.random(count) < 0.02) & (leads.segment == 0)).tolist()
    opted_out = choose(rng, {"": 0.9, "false": 0.08, "true": 0.02}, count).texts()
    sources, countries, titles = leads.source.texts(), leads.country.texts(), title.texts()
    industries = companies.industry.at(leads.company).texts()
    owners = owner.texts()
    rows = []
    for place, (company, at) in enumerate(zip(leads.company.tolist(), leads.created_at.tolist(), strict=True)):
        number = leads.first_number + place
        source, country = sources[place], countries[place]
        names = PEOPLE[country]
        name, domain = companies.name_and_domain(company)
        row = dict.fromkeys(COLUMNS, "")
        row |= {
            "lead_id": lead_id(number),
            "created_at": as_text(at),
            "updated_at": as_text(at),
            "email": f"person{number}@{domain}",
            "full_name": odd[place] or names[person[place] % len(names)],
            "job_title": titles[place],
            "company_name": COMPANY_FORMS[country].format(name),
            "company_domain": domain,
            "industry": industries[place],
            "country": country,
            "lead_source": source,
            "campaign_id": SOURCE_CAMPAIGNS.get(source, ""),
            "acquisition_cost": f"{LEAD_SOURCES[source][2] * cost[place]:.2f}",
            "owner_id": owners[place],
            "opted_out": opted_out[place],
        }
        if companies.employees[company] >= 0:
            row["employee_count"] = str(companies.employees[company])
        if has_no_company[place]:
            row |= {"company_name": "", "company_domain": "", "employee_count": ""}
            row |= {"industry": "", "email": f"person{number}@mail.example"}
        rows.append(row)
    return rows
