"""What a night tells of its data: values that no seed lists, contracts that changed their price, the earliest row.

How the counts are made is said in the models' unit tests; here they follow the data from night to night.
"""

from datetime import UTC, datetime

from tests.nights.nights import Nights

FIRST, SECOND = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)
LEADS = """lead_id,created_at,updated_at,lead_source,owner_id
ada,1900-01-01T00:00:00Z,2026-01-01T00:00:00Z,Web site,nobody
ben,2026-01-05T00:00:00Z,2026-01-05T00:00:00Z,website,
"""
LEADS_MENDED = """lead_id,created_at,updated_at,lead_source
ada,1900-01-01T00:00:00Z,2026-03-01T00:00:00Z,website
"""
ACTIVITIES = """activity_id,lead_id,activity_type,occurred_at,updated_at,outcome,opportunity_id,reason
a1,ada,Call,2026-01-02T00:00:00Z,2026-01-02T00:00:00Z,Connected,,
a2,ben,Call,2026-01-06T00:00:00Z,2026-01-06T00:00:00Z,connected,,
a3,ben,opportunity_lost,2026-01-07T00:00:00Z,2026-01-07T00:00:00Z,,o1,competitors
"""
ACTIVITIES_MENDED = """activity_id,lead_id,activity_type,occurred_at,updated_at,outcome
a1,ada,call,2026-01-02T00:00:00Z,2026-03-01T00:00:00Z,Connected
a4,ben,meeting,2026-02-02T00:00:00Z,2026-02-02T00:00:00Z,HELD
"""
CONTRACTS = """contract_id,customer_id,signed_at,starts_on,mrr,updated_at
c1,acme,2026-02-01T00:00:00Z,2026-02-01,{mrr},{updated_at}
c2,acme,2026-02-01T00:00:00Z,2026-02-01,50,{updated_at}
"""
UNLISTED = "select column_name, value, row_count, nearest from marts.kpi_unlisted_values order by all"
QUALITY = """
select feed, unlisted_values, unknown_type_rows, repriced_contracts, cast(earliest_occurred_at as date)::varchar
from marts.kpi_data_quality where refresh_id = (select max(refresh_id) from marts.fct_refreshes) order by feed
"""


def test_what_is_mended_is_told_no_more_and_a_night_tells_what_a_rebuild_would(nights: Nights) -> None:
    workplace = nights.workplace
    workplace.land("leads/first.csv", LEADS)
    workplace.land("activities/first.csv", ACTIVITIES)
    workplace.land("contracts/first.csv", CONTRACTS.format(mrr=100, updated_at="2026-02-01"))
    nights.run(FIRST)
    assert workplace.rows(UNLISTED) == [
        ("activity_type", "Call", 2, "call"),
        ("lead_source", "Web site", 1, "website"),
        ("outcome", "Connected", 1, "connected"),
        ("owner_id", "nobody", 1, None),
        ("reason", "competitors", 1, "competitor"),
    ]
    assert workplace.rows(QUALITY) == [
        ("activities", 2, 2, 0, "2026-01-02"),
        ("contracts", 0, 0, 0, "2026-02-01"),
        ("leads", 2, 0, 0, "1900-01-01"),
    ]

    workplace.land("leads/second.csv", LEADS_MENDED)
    workplace.land("activities/second.csv", ACTIVITIES_MENDED)
    workplace.land("contracts/second.csv", CONTRACTS.format(mrr=120, updated_at="2026-02-15"))
    nights.run(SECOND)
    assert any("is continued" in line for line in nights.told)
    assert workplace.rows(UNLISTED) == [
        ("activity_type", "Call", 1, "call"),
        ("outcome", "Connected", 1, "connected"),
        ("outcome", "HELD", 1, "held"),
        ("reason", "competitors", 1, "competitor"),
    ]
    assert workplace.rows(QUALITY) == [
        ("activities", 3, 1, 0, "2026-01-02"),
        ("contracts", 0, 0, 1, "2026-02-01"),
        ("leads", 0, 0, 0, "1900-01-01"),
    ]
    assert workplace.fingerprint()["kpi_unlisted_values"] == nights.rebuilt(SECOND)["kpi_unlisted_values"]
