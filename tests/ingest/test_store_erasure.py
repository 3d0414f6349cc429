"""An erased lead: gone from every table and from the file's bytes, and turned away later."""

import hashlib
import hmac
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest

from ingest import erase
from ingest.erase import erase_leads
from ingest.erased import lead_hash
from ingest.erasures import Erasure, addresses_of, concerning, find_leads, is_known
from ingest.store import connect

HASH_KEY = b"a key of the tests"
LEADS = """lead_id,created_at,updated_at,email,full_name,merged_into_lead_id,employee_count
lead-1,2025-01-01,2025-01-01,Kim@Example.com,Kim Minsu,,
lead-1,2025-01-01,2025-01-02,other@example.com,Kim Minsu,,
lead-2,2025-01-01,2025-01-01,two@example.com,Lee Two,lead-1,
lead-3,2025-01-01,2025-01-01,three@example.com,Park Three,lead-2,
lead-4,2025-01-01,2025-01-01,four@example.com,Four Former,lead-1,
lead-4,2025-01-01,2025-01-02,four@example.com,Four Former,,
lead-10,2025-01-01,2025-01-01,ten@example.com,Ten,,
"""
BAD_LEADS = """lead_id,created_at,email,opted_out
lead-1,2025-01-01,,many
lead-10,2025-01-01,,many
lead-99,2025-01-01,KIM@example.com,many
lead-98,2025-01-01,joe.kim@example.com,many
lead-2,2025-01-01
"""
ACTIVITIES = """activity_id,lead_id,activity_type,occurred_at
one,lead-1,call,2025-01-01
two,lead-3,call,2025-01-01
three,lead-10,call,2025-01-01
"""
CONTRACTS = """contract_id,customer_id,signed_at,starts_on,mrr,lead_id
c1,k,2025-01-01,2025-01-01,100,lead-2
c2,k,2025-01-01,2025-01-01,100,lead-10
c3,k,2025-01-01,2025-01-01,-100,lead-1
"""
ERASED = ["lead-1", "lead-2", "lead-3"]
GONE = [*ERASED, "Kim Minsu", "Park Three", "Kim@Example.com", "three@example.com"]


@pytest.fixture
def loaded(company: Any) -> Any:
    """A company whose lead-1 is to be erased."""
    company.write("leads/a.csv", LEADS)
    company.write("leads/bad.csv", BAD_LEADS)
    company.write("activities/a.csv", ACTIVITIES)
    company.write("contracts/a.csv", CONTRACTS)
    company.load()
    return company


def erase_from(company: Any, lead_ids: list[str], emails: list[str]) -> dict[str, int]:
    """Erase these leads and e-mails from the company's store."""
    addresses = {*emails, *addresses_of(company.store, lead_ids)}
    return erase_leads(company.store, concerning(company.store, lead_ids, addresses, HASH_KEY), HASH_KEY)


def everything(company: Any) -> list[str]:
    """Every value of every table of the store, as text."""
    tables = company.rows("select schema_name, table_name from duckdb_tables()")
    return [str(value) for schema, table in tables for row in company.rows(f"from {schema}.{table}") for value in row]


def words(texts: list[str]) -> set[str]:
    return {word for text in texts for word in text.replace(",", "\n").split("\n")}


@pytest.mark.parametrize(
    ("lead_id", "email", "known"),
    [
        ("lead-4", None, True),
        (None, "FOUR@example.com", True),
        ("lead-98", None, True),
        (None, "joe.kim@example.com", True),
        ("lead-1", None, True),
        ("somebody", None, False),
        (None, "kim@example.com", False),
    ],
    ids=["row", "address", "refused", "refused address", "erased", "nobody", "erased address"],
)
def test_whom_an_erasure_may_ask_for(loaded: Any, lead_id: str | None, email: str | None, known: bool) -> None:
    erase_from(loaded, ERASED, [])
    assert is_known(loaded.store, lead_id, email, HASH_KEY) is known


def test_a_lead_is_known_by_what_others_say_of_it(company: Any) -> None:
    company.write("activities/a.csv", "activity_id,lead_id,activity_type,occurred_at\none,acting,call,2025-01-01\n")
    company.write(
        "contracts/a.csv",
        "contract_id,customer_id,signed_at,starts_on,mrr,lead_id\nc,k,2025-01-01,2025-01-01,1,buying\n",
    )
    company.load()
    ids = ("acting", "buying", "nobody")
    assert [is_known(company.store, lead_id, None, HASH_KEY) for lead_id in ids] == [True, True, False]


def test_a_lead_is_found_by_its_id_with_all_that_merged_into_it(loaded: Any) -> None:
    assert find_leads(loaded.store, lead_id=" lead-1 ") == ERASED
    assert find_leads(loaded.store, lead_id="lead-3") == ["lead-3"]
    assert find_leads(loaded.store, lead_id="unknown") == ["unknown"]


@pytest.mark.parametrize("email", ["kim@example.com", " OTHER@example.com "])
def test_a_lead_is_found_by_the_email_of_any_version(loaded: Any, email: str) -> None:
    assert find_leads(loaded.store, email=email) == ERASED


def test_a_cycle_of_merges_ends(company: Any) -> None:
    company.write(
        "leads/a.csv",
        "lead_id,created_at,merged_into_lead_id\na,2025-01-01,b\nb,2025-01-01,a\nc,2025-01-01,c\n",
    )
    company.load()
    assert find_leads(company.store, lead_id="a") == ["a"]
    assert find_leads(company.store, lead_id="c") == ["c"]


def test_an_erased_lead_is_in_no_table(loaded: Any) -> None:
    with connect(loaded.store) as store:
        store.execute("insert into ops.lead_score_history (lead_id) values ('lead-1'), ('lead-2'), ('lead-4')")
    counts = erase_from(loaded, ERASED, ["Kim@Example.com"])
    assert counts == {
        "quarantine": 4,
        "leads": 4,
        "activities": 2,
        "contracts": 1,
        "former_merges": 1,
        "scores": 2,
    }
    left = words(everything(loaded))
    assert not left & {*GONE, "KIM@example.com"}
    assert {"lead-4", "lead-10", "joe.kim@example.com"} <= left
    assert loaded.rows("select contract_id, lead_id from raw.contracts order by 1") == [
        ("c1", None),
        ("c2", "lead-10"),
    ]


def test_a_quarantined_contract_stays_without_its_text(loaded: Any) -> None:
    erase_from(loaded, ERASED, [])
    query = "select reason, detail, raw_row from raw.quarantine where feed = 'contracts'"
    assert loaded.rows(query) == [("invalid_value", "names an erased lead", None)]


@pytest.mark.parametrize(
    "raw_row",
    [
        '{"lead_id":"lead\\u002d1","created_at":"soon"}',
        '{"a":[{"b":"K\\u0069m@example.com"}],"lead_id":"x","created_at":"soon"}',
    ],
)
def test_a_quarantined_row_is_found_through_its_escapes(company: Any, raw_row: str) -> None:
    company.write("leads/a.jsonl", raw_row)
    company.load()
    counts = erase_from(company, ["lead-1"], ["kim@example.com"])
    assert counts["quarantine"] == 1


def test_an_id_with_quotes_is_found_in_a_quarantined_csv_row(company: Any) -> None:
    company.write("leads/a.csv", 'lead_id,created_at\n"the ""first"" lead",soon\n')
    company.load()
    assert erase_from(company, ['the "first" lead'], [])["quarantine"] == 1


def test_no_bytes_of_an_erased_lead_are_left_in_the_file(loaded: Any) -> None:
    def holds(text: str) -> bool:
        return text.encode() in loaded.store.read_bytes()

    assert all(holds(text) for text in ("Kim Minsu", "Park Three", "Kim@Example.com", "lead-3"))
    erase_from(loaded, ERASED, [])
    assert not any(holds(text) for text in ("Minsu", "Park Three", "Kim@Example", "lead-3"))
    assert holds("Ten")
    assert [path.name for path in loaded.store.parent.iterdir() if path.is_file()] == ["store.duckdb"]


def test_only_a_keyed_hash_is_remembered(loaded: Any) -> None:
    expected = hmac.new(HASH_KEY, b"lead-1", hashlib.sha256).hexdigest()
    assert lead_hash(" lead-1", HASH_KEY) == expected
    for _ in range(2):
        erase_from(loaded, ["lead-1"], [])
    assert loaded.rows("from ops.erased") == [(expected,)]


def test_an_erased_lead_that_arrives_again_is_turned_away_without_its_text(loaded: Any) -> None:
    erase_from(loaded, ERASED, [])
    loaded.write("leads/a.csv", LEADS + "\n")
    loaded.write("leads/bad.csv", BAD_LEADS + "\n\n")
    loaded.write("leads/c.jsonl", '{"lead_id":"lead-3","created_at":"2025-01-01"}\n{"lead-1": ')
    loaded.write("activities/a.csv", ACTIVITIES + "\n\n")
    report = loaded.load()
    assert report.feeds["leads"].reasons["erased"] == 9
    assert report.feeds["activities"].reasons == {"erased": 2}
    rows = loaded.rows("select raw_row, detail from raw.quarantine where reason = 'erased' and batch_id = 'batch-2'")
    assert {raw_row for raw_row, _ in rows} == {None}
    assert not words([detail for _, detail in rows]) & set(GONE)
    assert not words(everything(loaded)) & set(GONE)
    accounts = "select erased_rows from ops.batch_feeds where batch_id = 'batch-2' order by feed"
    assert loaded.rows(accounts) == [(2,), (0,), (9,)]


def test_a_contract_that_names_an_erased_lead_is_accepted_without_it(loaded: Any) -> None:
    erase_from(loaded, ERASED, [])
    loaded.write("contracts/a.csv", CONTRACTS.replace("100", "200"))
    report = loaded.load().feeds["contracts"]
    assert (report.rows_accepted, report.reasons) == (2, {"invalid_value": 1})
    contracts = "select contract_id, lead_id from raw.contracts where _batch_id = 'batch-2'"
    assert loaded.rows(f"{contracts} order by 1") == [("c1", None), ("c2", "lead-10")]
    assert not words(everything(loaded)) & set(GONE)


def test_an_erasure_that_was_killed_is_finished_by_the_next(loaded: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*paths: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(erase, "put_in_place", killed)
    with pytest.raises(KeyboardInterrupt):
        erase_from(loaded, ERASED, [])
    monkeypatch.undo()
    assert find_leads(loaded.store, email="kim@example.com") == []
    erase_leads(loaded.store, Erasure(), HASH_KEY)
    assert b"Minsu" not in loaded.store.read_bytes()
    assert not list(loaded.store.parent.glob("*.renewed*"))


def test_a_void_chain_is_no_merge_to_an_erasure(company: Any) -> None:
    company.write(
        "leads/a.csv",
        "lead_id,created_at,merged_into_lead_id\ntail,2025-01-01,a\na,2025-01-01,b\nb,2025-01-01,a\nc,2025-01-01,gone\n",
    )
    company.load()
    assert find_leads(company.store, lead_id="a") == ["a"]
    assert find_leads(company.store, lead_id="gone") == ["gone"]


def test_what_came_beside_a_contract_goes_with_its_lead(company: Any) -> None:
    company.write("leads/a.csv", "lead_id,created_at\nvic,2025-01-01\n")
    contract = "contract_id,customer_id,signed_at,starts_on,mrr,lead_id,contact\nc,k,2025-01-01,2025-01-01,1,vic,Vic\n"
    company.write("contracts/a.csv", contract)
    company.load()
    erase_from(company, ["vic"], [])
    company.write("contracts/again.csv", contract.replace("\nc,", "\nd,"))
    company.load()
    assert company.rows("select contract_id, lead_id, _extra from raw.contracts order by 1") == [
        ("c", None, None),
        ("d", None, None),
    ]


@pytest.mark.parametrize(
    "line", ['{"lead_id":450.0,"created_at":"bad"}', ' {"lead_id":"4\\u00350","created_at":"bad"}']
)
def test_a_quarantined_row_that_spells_the_id_otherwise_goes_too(company: Any, line: str) -> None:
    company.write("leads/a.jsonl", line + "\n")
    company.load()
    assert len(company.quarantined()) == 1
    erase_from(company, ["450"], [])
    assert company.quarantined() == []


DEEP = '{"lead_id":"lead\\u002d1","note":' + '{"a":[' * 300 + "]}" * 300 + "}"


@pytest.mark.parametrize(
    "line",
    [
        DEEP,
        '{"lead_id":"lead\\u002d1","note":' + "[" * 100_000,
        '{"lead_id":"lead\\u002d1","email":"\\ud800"}',
        '{"lead_id":"\\u200blead\\u002d1 ","lead_id":"x"}',
        '{"note":1,"lead_id":"lead\\u002d1',
        '["lead\\u002d1"]',
    ],
    ids=["deep", "open", "half", "doubled", "cut", "list"],
)
def test_a_refused_line_of_any_shape_is_searched_and_blocks_no_erasure(company: Any, line: str) -> None:
    company.write("leads/a.jsonl", line + "\n" + line.replace("002d1", "002d2"))
    company.load()
    assert len(company.quarantined()) == 2
    assert erase_from(company, ["lead-1"], [])["quarantine"] == 1
    assert len(company.quarantined()) == 1
    company.write("leads/again.jsonl", "\n" + line)
    company.load()
    assert company.rows("select raw_row, row_key from raw.quarantine where reason = 'erased'") == [(None, None)]


def test_an_id_spelled_with_an_exponent_is_found(company: Any) -> None:
    company.write("activities/a.jsonl", '{"activity_id": 7, "lead_id": 4.5e2, "activity_type": "call"}\n')
    company.load()
    assert erase_from(company, ["450"], [])["quarantine"] == 1


def test_an_id_is_compared_without_what_is_trimmed(company: Any) -> None:
    company.write("leads/a.csv", "lead_id,created_at\n\u200blead-1\ufeff,2025-01-01\nlead-2,2025-01-01\n")
    company.load()
    assert find_leads(company.store, lead_id="\u2060lead-1 ") == ["lead-1"]
    erase_from(company, ["\u200blead-1"], [])
    assert company.rows("select lead_id from raw.leads") == [("lead-2",)]
    company.write("leads/b.csv", "lead_id,created_at\nlead-1\u200d,2025-01-01\n")
    assert company.load().feeds["leads"].reasons == {"erased": 1}


def test_a_refused_row_of_parquet_leaves_no_key_of_an_erased_lead(company: Any) -> None:
    table = pa.table({"lead_id": ["lead-1"], "created_at": pa.array([2**62]).cast(pa.timestamp("ms"))})
    pa.parquet.write_table(table, company.write("leads/a.parquet", b""))
    company.load()
    assert company.quarantined("reason, row_key") == [("unparseable_row", "lead-1")]
    assert erase_from(company, ["lead-1"], [])["quarantine"] == 1
    company.write("leads/a.parquet", b"")
    pa.parquet.write_table(table.append_column("n", [[1]]), company.landing / "leads/b.parquet")
    company.load()
    assert company.quarantined("reason, row_key, raw_row") == [("erased", None, None)]
