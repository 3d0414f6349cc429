"""What comes of exports that lack columns or files, come in parts, or tell of what changed since the one before."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType

import duckdb
import pytest

from ingest.feeds import FEEDS
from ingest.load import load_landing
from tests.dbt_runs import STAGES
from tests.mappings import hubspot, pipedrive, salesforce
from tests.mappings.written import Row, write_rows

EVENTS = """
    select activity_type, stage, strftime(timezone('UTC', occurred_at), '%m-%d %H:%M')
    from (
        from raw.activities
        where opportunity_id = ? and activity_type like 'opportunity_%' and not is_deleted
        qualify row_number() over (partition by activity_id order by updated_at desc, _loaded_at desc) = 1
    )
    order by occurred_at, activity_id
"""
# All that counts of a feed: of each key the current version, without where it was read.
CURRENT = """
    select * exclude (_batch_id, _loaded_at, _source, _source_row)
    from raw.{feed}
    qualify row_number() over (partition by {key} order by updated_at desc, _loaded_at desc, _source desc) = 1
    order by all
"""
CONTRACTS = """
    select contract_id, is_deleted
    from raw.contracts
    qualify row_number() over (partition by contract_id order by updated_at desc, _loaded_at desc) = 1
    order by contract_id
"""


class Landed:
    """A landing folder of one CRM, by the shipped mapping."""

    def __init__(self, folder: Path) -> None:
        self.landing, self.store = folder / "landing", folder / "store.duckdb"
        self.landing.mkdir(parents=True)
        self.nights = 0

    def night(self, crm: str, **exports: Sequence[Row]) -> None:
        """Load what lies there after these exports came in its place."""
        folder = self.landing / crm
        folder.mkdir(exist_ok=True)
        for name, rows in exports.items():
            write_rows(folder / f"{name}.csv", rows)
        self.nights += 1
        now = datetime(2026, 7, 1, tzinfo=UTC) + timedelta(days=self.nights)
        load_landing(self.landing, self.store, batch_id=f"r{self.nights}", now=now, stages=STAGES, hash_key=b"key")

    def rows(self, query: str, *parameters: str) -> list[tuple]:
        """What a query on the store returns."""
        with duckdb.connect(str(self.store), read_only=True) as connection:
            return connection.execute(query, parameters).fetchall()


@pytest.fixture
def landed(tmp_path: Path) -> Landed:
    return Landed(tmp_path)


def hubspot_deal(number: int, **changes: str) -> Row:
    """A deal of the company in HubSpot, with some of its columns changed."""
    rows = hubspot.exports()[hubspot.file_name("deals")]
    return {**rows[number - 1], **{name.replace("_", " "): value for name, value in changes.items()}}


def without(row: Row, beginning: str) -> Row:
    """A row without the columns whose names begin so."""
    return {name: value for name, value in row.items() if not name.startswith(beginning)}


def test_a_deal_without_dates_of_its_stages_stands_in_the_present_one_from_its_creation(landed: Landed) -> None:
    landed.night("hubspot", deals=[without(hubspot_deal(number), "Date entered") for number in (5, 11, 15)])
    created = "opportunity_created"
    assert landed.rows(EVENTS, hubspot.deal_id(5)) == [
        (created, None, "01-30 10:22"),
        ("opportunity_phase_changed", "p3", "01-30 10:22"),
    ]
    assert landed.rows(EVENTS, hubspot.deal_id(11)) == [
        (created, None, "02-05 10:22"),
        ("opportunity_won", None, "03-12 17:00"),
    ]
    assert landed.rows(EVENTS, hubspot.deal_id(15)) == [
        (created, None, "02-09 10:22"),
        ("opportunity_lost", None, "02-23 17:00"),
    ]


def test_a_deal_that_was_lost_and_opened_in_the_same_minute_is_open(landed: Landed) -> None:
    deal = {**hubspot_deal(19), 'Date entered "Closed Lost (Sales Pipeline)"': "2026-03-13 10:22"}
    landed.night("hubspot", deals=[deal])
    assert landed.rows(EVENTS, hubspot.deal_id(19))[-3:] == [
        ("opportunity_phase_changed", "p2", "03-13 10:22"),
        ("opportunity_lost", None, "03-13 10:22"),
        ("opportunity_reopened", None, "03-13 10:22"),
    ]


def test_a_stage_that_no_table_lists_is_told_and_costs_only_its_own_row(landed: Landed) -> None:
    landed.night("hubspot", deals=[hubspot_deal(3, Deal_Stage="Demo booked"), hubspot_deal(4)])
    assert landed.rows("select source_row, reason, detail from raw.quarantine") == [
        (1, "invalid_value", "stage: 'Demo booked' is no opportunity phase")
    ]
    assert landed.rows("select count(*) from raw.activities") == [(6,)]


def test_a_deal_without_a_contact_and_a_company_is_told(landed: Landed) -> None:
    landed.night("hubspot", deals=[{**hubspot_deal(18), "Associated Company IDs (Primary)": ""}])
    assert {reason for (reason,) in landed.rows("select reason from raw.quarantine")} == {"missing_required"}


def test_the_contract_of_a_deal_is_withdrawn_when_it_is_open_again(landed: Landed) -> None:
    won = hubspot_deal(11)
    contract = f"{hubspot.deal_id(11)}/contract"
    landed.night("hubspot", deals=[won])
    assert landed.rows(CONTRACTS) == [(contract, False)]
    landed.night("hubspot", deals=[{**won, "Deal Stage": "Contract Sent", "Last Modified Date": "2026-04-01 10:22"}])
    assert landed.rows(CONTRACTS) == [(contract, True)]
    assert landed.rows(EVENTS, hubspot.deal_id(11))[-1][0] == "opportunity_reopened"


def test_a_lifecycle_stage_after_the_first_deal_moves_no_contact_back(landed: Landed) -> None:
    contacts = hubspot.exports()[hubspot.file_name("contacts")]
    contact = {**contacts[26], "Became an Opportunity Date": "2026-02-01 09:00"}
    assert contact["Became a Marketing Qualified Lead Date"] == "2026-02-01 22:22"
    landed.night("hubspot", contacts=[contact])
    assert landed.rows("select * from raw.activities where activity_type = 'stage_changed'") == []


def test_opportunities_without_history_and_users_stand_where_they_stand_today(landed: Landed) -> None:
    exports = salesforce.exports()
    names = ("Contact", "Opportunity", "OpportunityContactRole")
    landed.night("salesforce", **{name: exports[f"{name}.csv"] for name in names})
    assert landed.rows(EVENTS, salesforce.opportunity_id(7)) == [
        ("opportunity_created", None, "02-01 10:22"),
        ("opportunity_phase_changed", "p4", "02-22 10:22"),
    ]
    assert landed.rows(EVENTS, salesforce.opportunity_id(13))[-1] == ("opportunity_won", None, "02-21 10:22")
    assert landed.rows(EVENTS, salesforce.opportunity_id(16))[-1] == ("opportunity_lost", None, "02-17 10:22")
    assert landed.rows("select count(*), count(distinct opportunity_id) from raw.activities") == [(40, 20)]
    assert landed.rows("select distinct actor_id like '005%' from raw.activities where actor_id is not null") == [
        (True,)
    ]


def test_a_signed_contract_takes_the_place_of_the_one_that_its_opportunity_stood_for(landed: Landed) -> None:
    exports = {name.removesuffix(".csv"): rows for name, rows in salesforce.exports().items()}
    contracts = exports.pop("Contract")
    made = f"{salesforce.opportunity_id(11)}/contract"
    signed = salesforce.salesforce_id("800", 11)
    landed.night("salesforce", **exports)
    assert dict(landed.rows(CONTRACTS))[made] is False
    landed.night("salesforce", Contract=[{**row, "Status": "Draft", "StatusCode": "Draft"} for row in contracts])
    assert dict(landed.rows(CONTRACTS))[made] is False
    landed.night("salesforce", Contract=contracts)
    found = dict(landed.rows(CONTRACTS))
    assert (found[made], found[signed]) == (True, False)
    assert salesforce.salesforce_id("800", 21) not in found


def test_stages_add_up_from_export_to_export_where_each_knows_the_present_one_alone(landed: Landed) -> None:
    deals = pipedrive.exports()["deals-7215931-2.csv"]
    people = pipedrive.exports()["people-7215931-1.csv"]

    def deal(stage: str, since: str, **changes: str) -> Row:
        told = {"Deal - Stage": stage, "Deal - Last stage change": since, "Deal - Update time": since}
        days = {"Deal - Deal created": "2026-02-01 09:00", "Deal - Expected close date": "2026-08-01"}
        return {**deals[4], **days, **told, "Deal - Value": "24,000.00", **changes}

    people = [{**people[4], "Person - Person created": "2026-01-10 09:00", "Person - Update time": ""}]
    landed.night("pipedrive", people=people, deals=[deal("Contact Made", "2026-02-08 09:00")])
    landed.night("pipedrive", deals=[deal("Demo Scheduled", "2026-02-15 09:00")])
    lost = {"Deal - Lost time": "2026-02-20 09:00"}
    again = deal("Demo Scheduled", "2026-02-15 09:00", **lost, **{"Deal - Update time": "2026-02-22 09:00"})
    landed.night("pipedrive", deals=[again])
    assert landed.rows(EVENTS, pipedrive.deal_id(5)) == [
        ("opportunity_created", None, "02-01 09:00"),
        ("opportunity_phase_changed", "p2", "02-08 09:00"),
        ("opportunity_phase_changed", "p3", "02-15 09:00"),
        ("opportunity_lost", None, "02-20 09:00"),
        ("opportunity_reopened", None, "02-22 09:00"),
    ]
    assert landed.rows("select distinct amount, lead_id from raw.activities where opportunity_id = '5'") == [
        (24000, "5")
    ]


@pytest.mark.parametrize("crm", [hubspot, pipedrive])
def test_order_parts_and_repetition_of_an_export_make_the_same_rows(crm: ModuleType, tmp_path: Path) -> None:
    name = crm.__name__.rsplit(".")[-1]
    whole, again = Landed(tmp_path / "whole"), Landed(tmp_path / "again")
    exports = {file.removesuffix(".csv"): rows for file, rows in crm.exports().items()}
    shuffled = random.Random(7)
    parts: dict[str, list[Row]] = {}
    for file, rows in exports.items():
        mixed = [*rows, *shuffled.sample(rows, len(rows) // 2)]
        shuffled.shuffle(mixed)
        parts[f"b {file}"], parts[f"a {file}"] = mixed[: len(mixed) // 2], mixed[len(mixed) // 2 :]
    whole.night(name, **exports)
    again.night(name, **parts)
    again.night(name, **exports)
    for feed in FEEDS.values():
        query = CURRENT.format(feed=feed.name, key=feed.key)
        assert again.rows(query) == whole.rows(query)
