"""An erased lead of an export: its text is in no table, whatever it was refused for, and comes back in none."""

from typing import Any

import pytest

from ingest.erase import erase_leads
from ingest.erasures import addresses_of, concerning
from ingest.mentions import salesforce_id

HASH_KEY = b"a key of the tests"
MAPPING = """
objects:
  people:
    files: people
    key: {column: Id, as: salesforce_id}
    rows:
      - feed: leads
        columns:
          lead_id: {column: Id, as: salesforce_id}
          created_at: Created
          email: Mail
          full_name: Name
          opted_out: Out
  deals:
    files: deals
    key: Deal
    rows:
      - feed: activities
        split: {value: With, by: ";"}
        columns:
          activity_id: {join: [Deal, {item: true}], with: /}
          lead_id: {item: true, as: salesforce_id}
          activity_type: {constant: meeting}
          occurred_at: Created
      - feed: contracts
        columns:
          contract_id: Deal
          customer_id: Deal
          signed_at: Created
          starts_on: Created
          mrr: Amount
          lead_id: {lookup: {object: people, by: Contact, on: Name, take: {column: Id, as: salesforce_id}}}
"""
JANE, BEN = "003A00000012abC", "003A00000012abD"
LONG_JANE = "003A00000012abCIAQ"
PEOPLE = f"""Id;Created;Mail;Name;Out
{JANE};2025-01-01;jane@x.example;Jane Roe;no
{LONG_JANE};2025-01-01;jane@x.example;Jane Roe;maybe
{BEN};2025-01-01;ben@x.example;Ben Poe;no
{JANE};2025-01-01;"Jane Roe"
"""
DEALS = f"""Deal|Created|With|Amount|Contact
D1|soon|{JANE};{BEN}|1|Jane Roe
D2|2025-02-01|{BEN}|1|Jane Roe
D3|2025-02-01|{BEN}|many|Jane Roe
D4|2025-02-01|{BEN}|many|Ben Poe
D5|2025-02-01|{BEN};{JANE}
"""
GONE = (JANE, LONG_JANE, "jane@x.example", "Jane Roe")


@pytest.fixture
def loaded(company: Any) -> Any:
    company.map("crm", MAPPING.replace("objects:", 'format: {delimiter: [";", "|"]}\nobjects:', 1))
    company.write("crm/people.csv", PEOPLE)
    company.write("crm/deals.csv", DEALS)
    company.load()
    return company


def everything(company: Any) -> str:
    tables = company.rows("select schema_name, table_name from duckdb_tables()")
    return "\n".join(str(row) for schema, table in tables for row in company.rows(f"from {schema}.{table}"))


def erase(company: Any) -> None:
    addresses = addresses_of(company.store, [LONG_JANE])
    erase_leads(company.store, concerning(company.store, [LONG_JANE], addresses, HASH_KEY), HASH_KEY)


def test_ids_of_salesforce_have_one_long_form() -> None:
    assert [salesforce_id(one) for one in (JANE, LONG_JANE, "lead-1", "")] == [LONG_JANE, LONG_JANE, "lead-1", ""]


def test_both_spellings_in_sql_and_in_python_are_one(loaded: Any) -> None:
    assert loaded.rows("select lead_id from raw.leads order by 1") == [(LONG_JANE,), (salesforce_id(BEN),)]


def test_no_text_of_an_erased_lead_stays(loaded: Any) -> None:
    assert all(text in everything(loaded) for text in GONE)
    erase(loaded)
    left = everything(loaded)
    # What a contract was refused for stays, without its text: it names her only by a name.
    assert [text for text in GONE if text in left] == []
    assert "Ben Poe" in left


def test_no_text_of_an_erased_lead_comes_back(loaded: Any) -> None:
    erase(loaded)
    loaded.map("crm", MAPPING.replace("objects:", 'format: {delimiter: [";", "|"]}\nzone: Asia/Seoul\nobjects:', 1))
    loaded.load()
    left = everything(loaded)
    assert [text for text in GONE if text in left] == []
    assert set(loaded.rows("select contract_id, lead_id from raw.contracts")) == {("D2", None)}
    assert loaded.rows("select distinct lead_id from raw.leads") == [(salesforce_id(BEN),)]
