"""No file, whatever its bytes, stops a night or costs a neighbour, and every row is accounted for.

REVLOOP_MUTANTS is how many mutants of each format are tried; 300 without it.
"""

import json
import os
from typing import Any

import pytest

from ingest.erase import erase_leads
from ingest.erasures import concerning
from ingest.feeds import FEEDS
from ingest.files import sha256
from tests.ingest.conftest import HASH_KEY
from tests.ingest.fuzz.mutants import FORMATS, mutant

MUTANTS = int(os.environ.get("REVLOOP_MUTANTS", "300"))
MUTANTS_PER_NIGHT = 150
NEIGHBOURS = {
    "leads": {"created_at": "2025-01-01"},
    "activities": {"activity_type": "call", "occurred_at": "2025-01-01"},
    "contracts": {"customer_id": "k", "signed_at": "2025-01-01", "starts_on": "2025-01-01", "mrr": 1},
}


@pytest.mark.parametrize("first", range(0, MUTANTS, MUTANTS_PER_NIGHT))
@pytest.mark.parametrize("file_format", FORMATS)
def test_a_night_takes_every_mutant_and_loses_nothing(company: Any, file_format: str, first: int) -> None:
    neighbours = set()
    digests = set()
    for number in range(first, min(first + MUTANTS_PER_NIGHT, MUTANTS)):
        made = mutant(file_format, number)
        path = company.write(f"{made.feed}/{number:06}-a.{file_format}", made.content)
        digests.add((made.feed, sha256(path)))
        neighbour = f"neighbour-{number}"
        row = {FEEDS[made.feed].key: neighbour, "lead_id": neighbour, **NEIGHBOURS[made.feed]}
        company.write(f"{made.feed}/{number:06}-b.jsonl", json.dumps(row))
        neighbours.add((made.feed, neighbour))
    report = company.load()

    keys = " union all ".join(f"select '{feed.name}', {feed.key} from raw.{feed.name}" for feed in FEEDS.values())
    assert neighbours <= set(company.rows(keys))
    known = company.rows("select feed, sha256 from ops.files")
    assert digests <= set(known)
    for name, counted in report.feeds.items():
        assert counted.rows_read == counted.rows_accepted + counted.rows_quarantined
        ((rows_of_files,),) = company.rows("select coalesce(sum(rows_read), 0) from ops.files where feed = ?", name)
        assert rows_of_files == counted.rows_read
        numbered = "select count(*), count(distinct (source, source_row)) from raw.quarantine where feed = ?"
        ((bad, apart),) = company.rows(numbered, name)
        assert bad == apart == counted.rows_quarantined
        valid = f"select count(*) from raw.{name} where _extra is not null and json_type(_extra) <> 'OBJECT'"
        assert company.rows(valid) == [(0,)]

    assert all(counted.rows_read == 0 for counted in company.load().feeds.values())

    person = f"neighbour-{first}"
    erase_leads(company.store, concerning(company.store, [person], ["kim@example.com"], HASH_KEY), HASH_KEY)
    assert company.rows("select count(*) from raw.leads where lead_id = ?", person) == [(0,)]
    assert company.rows("select count(*) from raw.activities where lead_id = ?", person) == [(0,)]
    for number, line in enumerate(("lead_id,created_at", f"{person},2025-01-02")):
        company.write(f"leads/again-{number}.csv", f"lead_id,created_at\n{line}\n")
    assert company.load().feeds["leads"].reasons["erased"] == 1
