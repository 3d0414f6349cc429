"""What each CRM exports of one small company comes in whole, and stands where a reader of the export sees it.

Nothing is edited but what a mapping says of a company: who of us is who, and how a spreadsheet wrote the file anew.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from ingest.mapped.reading import read_mapping
from tests.conftest import ROOT, Workplace
from tests.dbt_runs import DbtFolder, Project
from tests.mappings import company, hubspot, pipedrive, salesforce
from tests.mappings.company import Deal
from tests.mappings.written import Export, write
from tests.once import Once

SHIPPED = ROOT / "ingest" / "mappings"
CRMS = ("hubspot", "salesforce", "pipedrive")
BY_EMAIL = {f"{name.replace(' ', '.')}@us.example".lower(): rep for name, rep in company.OWNERS.items()}
# What the other marts are told from.
TOLD_BY_ALL = (
    "fct_stage_transitions",
    "fct_opportunities",
    "fct_opportunity_phases",
    "fct_renewals",
    "kpi_mrr_monthly",
)
SPREADSHEET = {
    "# zone: Asia/Seoul": "zone: Asia/Seoul",
    "dates: [iso]": 'dates: ["%d/%m/%Y %H:%M", "%d/%m/%Y"]',
    'decimals: "1,234.50"': 'decimals: "1.234,50"',
}


@dataclass(frozen=True)
class Crm:
    """A CRM: its export, its ids, and what it still knows of a deal."""

    exports: Callable[[], Export]
    lead_id: Callable[[int], str]
    deal_id: Callable[[int], str]
    phases: Callable[[Deal], list[str]]
    edits: dict[str, str]
    # What is only looked up, and what the mapping's conditions leave out: open tasks, other tracked changes, a contract
    # that no deal names.
    left_out: dict[str, int]
    # The ids that live on under another: two a merge, or one and who was converted.
    merged: int
    delimiter: str = ","


KNOWN = {
    "hubspot": Crm(
        hubspot.exports,
        hubspot.contact_id,
        hubspot.deal_id,
        hubspot.phases,
        {"{Jane Doe: rep01}": str(company.OWNERS)},
        {hubspot.file_name("companies"): 20, hubspot.file_name("tasks"): 4},
        2 * len(company.MERGED),
    ),
    "salesforce": Crm(
        salesforce.exports,
        salesforce.lead_id,
        salesforce.opportunity_id,
        salesforce.phases,
        {"{jane.doe@example.com: rep01}": str(BY_EMAIL)},
        {
            "Account.csv": 20,
            "Contract.csv": 1,
            "EntityHistory.csv": 1,
            "OpportunityContactRole.csv": 20,
            "Task.csv": 4,
            "User.csv": 4,
        },
        len(company.MERGED) + len(salesforce.CONVERTED),
    ),
    "pipedrive": Crm(
        pipedrive.exports,
        pipedrive.person_id,
        pipedrive.deal_id,
        pipedrive.phases,
        {"{Jane Doe: rep01}": str(company.OWNERS), **SPREADSHEET},
        {"activities-7215931-3.csv": 11},
        0,
        delimiter=";",
    ),
}


def own_mapping(crm: str, folder: Path) -> Path:
    """The folder of a company that has made the shipped mapping its own."""
    text = (SHIPPED / f"{crm}.yml").read_text(encoding="utf-8")
    for shipped, own in KNOWN[crm].edits.items():
        assert text.count(shipped) == 1
        text = text.replace(shipped, own)
    folder.mkdir()
    (folder / f"{crm}.yml").write_text(text, encoding="utf-8")
    return folder


def refresh(workplace: Workplace, crm: str) -> None:
    """Load what lies there, by the company's own mapping."""
    mappings = workplace.folder / "mappings"
    if not mappings.exists():
        own_mapping(crm, mappings)
    workplace.refresh("--as-of", company.AS_OF, "--mappings", mappings)


def _come_in(crm: str, folder: Path) -> None:
    workplace = Workplace(folder)
    write(workplace.landing / crm, KNOWN[crm].exports(), delimiter=KNOWN[crm].delimiter)
    refresh(workplace, crm)


@pytest.fixture(scope="session")
def come_in(once: Once) -> Callable[[str], Workplace]:
    """A workplace into which the export of a CRM has come; to be read only."""
    return lambda crm: Workplace(once.made(f"export_of_{crm}", lambda folder: _come_in(crm, folder)))


@pytest.mark.parametrize("name", sorted(path.name for path in SHIPPED.glob("*.yml")))
def test_a_shipped_mapping_is_without_mistakes(name: str) -> None:
    stages = (ROOT / "dbt_project" / "seeds" / "process" / "stages.csv").read_text(encoding="utf-8").splitlines()
    read_mapping(SHIPPED / name, frozenset(line.split(",")[0] for line in stages[1:]))


@pytest.mark.parametrize("crm", CRMS)
def test_all_rows_come_in(crm: str, come_in: Callable[[str], Workplace]) -> None:
    quality = come_in(crm).rows("""
        select feed, rows_read > 0, rows_quarantined, parked_rows, blanked_values, merged_leads
        from marts.kpi_data_quality
        order by feed
    """)
    assert quality == [
        ("activities", True, 0, 0, 0, 0),
        ("contracts", True, 0, 0, 0, 0),
        ("leads", True, 0, 0, 0, KNOWN[crm].merged),
    ]
    assert come_in(crm).rows("select * from marts.kpi_unlisted_values") == []
    known = KNOWN[crm]
    accounts = come_in(crm).rows(
        "select distinct source, source_rows, rows_left_out from ops.files", come_in(crm).data / "store.duckdb"
    )
    assert {source: (rows, left_out) for source, rows, left_out in accounts} == {
        f"{crm}/{name}": (len(rows), known.left_out.get(name, 0)) for name, rows in known.exports().items()
    }


@pytest.mark.parametrize("crm", CRMS)
def test_each_lead_stands_where_a_reader_of_the_export_sees_it(crm: str, come_in: Callable[[str], Workplace]) -> None:
    lead_id = KNOWN[crm].lead_id
    expected = {lead_id(person): company.expected_stage(person, crm) for person in company.PEOPLE}
    assert dict(come_in(crm).rows("select lead_id, current_stage from marts.dim_leads")) == expected


@pytest.mark.parametrize("crm", CRMS)
def test_each_deal_is_an_opportunity_with_its_state_amount_and_day(
    crm: str, come_in: Callable[[str], Workplace]
) -> None:
    known = KNOWN[crm]
    found = come_in(crm).rows(
        """
        select opportunity_id, lead_id, owner_id, status, current_phase, amount, amount_at_close,
            cast(expected_close_on as varchar), lost_reason
        from marts.fct_opportunities
        """
    )
    expected = []
    for deal in company.DEALS:
        amount = Decimal(deal.amount) if deal.amount else None
        reason = company.LOST_REASONS.get(deal.number)
        expected.append(
            (
                known.deal_id(deal.number),
                known.lead_id(deal.lead),
                company.OWNERS[deal.owner],
                deal.status,
                deal.phase,
                amount,
                amount if deal.closed else None,
                # Pipedrive keeps the day of closing apart from the day that was expected.
                (deal.expected_close or None) if crm == "pipedrive" else deal.close_on,
                company.REASON_CODES[reason] if reason else None,
            )
        )
    assert sorted(found) == sorted(expected)


@pytest.mark.parametrize("crm", CRMS)
def test_each_deal_went_through_the_phases_that_the_export_knows(crm: str, come_in: Callable[[str], Workplace]) -> None:
    known = KNOWN[crm]
    found = come_in(crm).rows(
        "select opportunity_id, list(phase order by phase_number) from marts.fct_opportunity_phases group by all"
    )
    assert dict(found) == {known.deal_id(deal.number): known.phases(deal) for deal in company.DEALS}


@pytest.mark.parametrize("crm", CRMS)
def test_what_was_won_is_recurring_revenue_of_twelve_months(crm: str, come_in: Callable[[str], Workplace]) -> None:
    won = [deal for deal in company.DEALS if deal.status == "won"]
    months = {crm: [12] * len(won), "salesforce": [salesforce.CONTRACTS.get(deal.number, 12) for deal in won]}[crm]
    renewals = come_in(crm).rows("select cast(due_date as varchar), old_mrr from marts.fct_renewals")
    expected = [
        (f"{int(deal.close_on[:4]) + term // 12}{deal.close_on[4:]}", Decimal(deal.amount) / 12)
        for deal, term in zip(won, months, strict=True)
    ]
    assert sorted(renewals) == sorted(expected)
    mrr = come_in(crm).rows("select closing_mrr, customers from marts.kpi_mrr_monthly order by period_month")
    assert mrr[-1] == (sum(Decimal(deal.amount) for deal in won) / 12, len(won))


@pytest.mark.parametrize("crm", CRMS)
def test_people_have_their_country_owner_and_source(crm: str, come_in: Callable[[str], Workplace]) -> None:
    lead_id = KNOWN[crm].lead_id
    found = come_in(crm).rows("select lead_id, country, owner_id, job_title, opted_out from marts.dim_leads")
    expected = {
        lead_id(person): (
            company.COUNTRIES[company.country(person)],
            company.OWNERS[company.owner(person)],
            "VP Sales",
            person == 60 and crm != "pipedrive",
        )
        for person in company.PEOPLE
    }
    assert {key: tuple(rest) for key, *rest in found} == expected


@pytest.mark.parametrize(
    ("crm", "sources"),
    [("hubspot", {"organic_search", "other"}), ("salesforce", {"website", "partner"}), ("pipedrive", {None})],
)
def test_sources_are_those_of_the_list(crm: str, sources: set[str], come_in: Callable[[str], Workplace]) -> None:
    assert {source for (source,) in come_in(crm).rows("select distinct lead_source from marts.dim_leads")} == sources


@pytest.mark.parametrize(("crm", "created"), [("hubspot", "10:22"), ("salesforce", "10:22"), ("pipedrive", "01:22")])
def test_a_time_without_a_zone_is_of_the_zone_of_the_mapping(
    crm: str, created: str, come_in: Callable[[str], Workplace]
) -> None:
    found = come_in(crm).rows(f"""
        select strftime(captured_at, '%Y-%m-%d %H:%M') from marts.dim_leads
        where lead_id = '{KNOWN[crm].lead_id(30)}'
    """)
    assert found == [(f"{company.created(30):%Y-%m-%d} {created}",)]


def in_parts(exports: Export) -> Export:
    """Each file as two, its rows in any order and half of them once more."""
    shuffled = random.Random(7)
    parts: Export = {}
    for name, rows in exports.items():
        again = [*rows, *shuffled.sample(rows, len(rows) // 2)]
        shuffled.shuffle(again)
        half = len(again) // 2
        parts[name.replace(".csv", "-2.csv")], parts[name.replace(".csv", "-1.csv")] = again[:half], again[half:]
    return parts


def test_order_parts_and_repetition_of_an_export_change_nothing(
    come_in: Callable[[str], Workplace], workplace: Workplace
) -> None:
    write(workplace.landing / "salesforce" / "WE_00D5g00000abcde", in_parts(salesforce.exports()))
    refresh(workplace, "salesforce")
    expected = come_in("salesforce").fingerprint()
    assert workplace.fingerprint() == expected
    write(workplace.landing / "salesforce" / "next week", salesforce.exports())
    refresh(workplace, "salesforce")
    assert workplace.fingerprint() == expected


@pytest.mark.parametrize("crm", ["hubspot", "pipedrive"])
def test_order_parts_and_repetition_change_no_stage_deal_or_revenue(
    crm: str, come_in: Callable[[str], Workplace], parsed: Project, tmp_path: Path
) -> None:
    known, landing = KNOWN[crm], tmp_path / "landing"
    write(landing / crm / "this week", in_parts(known.exports()), delimiter=known.delimiter)
    write(landing / crm / "next week", known.exports(), delimiter=known.delimiter)
    folder = DbtFolder(tmp_path / "data", parsed)
    folder.load(landing, datetime(2026, 7, 1, tzinfo=UTC), own_mapping(crm, tmp_path / "mappings"))
    folder.build("2026-07-01T00:00:00Z", only=" ".join(f"+{mart}" for mart in TOLD_BY_ALL))
    found, expected = folder.fingerprint(), come_in(crm).fingerprint()
    assert found == {mart: expected[mart] for mart in found}
    assert set(TOLD_BY_ALL) <= set(found)
