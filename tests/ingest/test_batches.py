"""Batches: what is appended, what need not be, and that the order of arrival does not matter."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest import batch

HEADER = "lead_id,created_at,updated_at,email\n"
VERSIONS = "select lead_id, email, _batch_id, _source_row from raw.leads order by all"


def lead(lead_id: str, day: int, email: str) -> str:
    return f"{lead_id},2025-01-01,2025-01-{day:02},{email}\n"


def test_every_version_stays(company: Any) -> None:
    company.write("leads/a.csv", HEADER + lead("a", 1, "old"))
    company.load()
    company.write("leads/b.csv", HEADER + lead("a", 2, "new") + lead("a", 1, "late"))
    company.load()
    assert company.rows(VERSIONS) == [
        ("a", "late", "batch-2", 2),
        ("a", "new", "batch-2", 1),
        ("a", "old", "batch-1", 1),
    ]


def test_a_full_export_stores_only_what_changed(company: Any) -> None:
    company.write("leads/a.csv", HEADER + lead("a", 1, "x") + lead("b", 1, "x"))
    company.load()
    company.write("leads/b.csv", HEADER + lead("b", 1, "y") + lead("a", 1, "x"))
    report = company.load().feeds["leads"]
    assert (report.rows_read, report.rows_accepted) == (2, 2)
    assert company.rows(VERSIONS) == [
        ("a", "x", "batch-1", 1),
        ("b", "x", "batch-1", 2),
        ("b", "y", "batch-2", 1),
    ]


def test_a_return_to_an_earlier_version_is_stored(company: Any) -> None:
    for source, email in (("a", "x"), ("b", "y"), ("c", "x")):
        company.write(f"leads/{source}.csv", f"{HEADER}{lead('a', 1, email)}# {source}\n")
        company.load()
    assert [row[1] for row in company.rows(f"from ({VERSIONS}) order by _batch_id")] == [
        "x",
        "y",
        "x",
    ]


def test_a_change_of_a_further_column_is_stored(company: Any) -> None:
    for source, note in (("a", "1"), ("b", "2")):
        company.write(f"leads/{source}.csv", f"lead_id,created_at,note\na,2025-01-01,{note}\n")
        company.load()
    assert company.rows("select _extra from raw.leads order by all") == [
        ('{"note":"1"}',),
        ('{"note":"2"}',),
    ]


def test_a_key_that_says_two_things_in_a_batch_keeps_all_its_rows(company: Any) -> None:
    company.write("leads/a.csv", HEADER + lead("a", 1, "x"))
    company.load()
    company.write("leads/b.csv", HEADER + lead("a", 1, "x") + lead("a", 1, "y"))
    company.load()
    assert len(company.rows(VERSIONS)) == 3


def test_of_rows_that_are_the_same_the_greatest_is_stored(company: Any) -> None:
    company.write("leads/a.csv", HEADER + lead("a", 1, "x") * 2)
    company.write("leads/b.csv", HEADER + lead("a", 1, "x") * 3)
    assert company.load().feeds["leads"].rows_accepted == 5
    assert company.rows("select _source, _source_row from raw.leads") == [("leads/b.csv", 3)]


def test_loaded_at_is_one_per_batch_and_always_later(company: Any) -> None:
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    loaded = []
    for number, now in enumerate((noon, noon - timedelta(days=1), noon + timedelta(days=1))):
        company.write(f"leads/{number}.csv", HEADER + lead(f"a{number}", 1, "x"))
        loaded.append(company.load(now).loaded_at)
    assert loaded == [noon, noon + timedelta(microseconds=1), noon + timedelta(days=1)]
    assert company.rows("select _loaded_at from raw.leads order by 1") == [(at,) for at in loaded]
    assert company.rows("select loaded_at from ops.batches order by 1") == [(at,) for at in loaded]


def test_a_batch_that_fails_leaves_nothing(company: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    company.write("leads/a.csv", HEADER + lead("a", 1, "x") + "b\n")
    count = batch._count

    def fail_late(connection: Any, feed: str, stamp: Any, report: Any) -> None:
        count(connection, feed, stamp, report)
        if feed == "contracts":
            raise RuntimeError("killed")

    monkeypatch.setattr(batch, "_count", fail_late)
    with pytest.raises(RuntimeError, match="killed"):
        company.load()
    for table in ("raw.leads", "raw.quarantine", "ops.batches", "ops.batch_feeds", "ops.files"):
        assert company.rows(f"select count(*) from {table}") == [(0,)]
    monkeypatch.undo()
    assert company.load().feeds["leads"].rows_read == 2


def test_the_accounts_say_what_the_tables_hold(company: Any) -> None:
    company.write("leads/a.csv", HEADER + lead("a", 1, "x") + "b\n" + "c,soon,,\n" + ",,,\n")
    company.write("contracts/a.parquet", b"broken")
    report = company.load()
    assert report.feeds["leads"].reasons == {
        "invalid_type": 1,
        "missing_required": 1,
        "unparseable_row": 1,
    }
    accounts = """
        select batch_id, feed, rows_read, rows_accepted, rows_quarantined, unparseable_rows, missing_required_rows,
            invalid_type_rows, invalid_value_rows, erased_rows, drifted_columns
        from ops.batch_feeds order by feed"""
    assert company.rows(accounts) == [
        ("batch-1", "activities", 0, 0, 0, 0, 0, 0, 0, 0, None),
        ("batch-1", "contracts", 1, 0, 1, 1, 0, 0, 0, 0, None),
        ("batch-1", "leads", 4, 1, 3, 1, 1, 1, 0, 0, None),
    ]


def test_a_version_of_the_future_is_accepted_and_counted_also_where_it_is_not_stored_again(company: Any) -> None:
    future = lead("a", 1, "x").replace("2025-01-01", "2027-01-01")
    company.write("leads/a.csv", HEADER + future + lead("b", 1, "x"))
    company.load()
    company.write("leads/b.csv", HEADER + lead("b", 1, "y") + future)
    company.load()
    assert company.rows(
        "select rows_accepted, future_versions from ops.batch_feeds where feed = 'leads' order by batch_id"
    ) == [(2, 1), (2, 1)]
    assert len(company.rows(VERSIONS)) == 3


def test_a_quarantined_row_carries_its_key_where_that_can_be_read(company: Any) -> None:
    company.write("leads/a.csv", HEADER + " a ,soon,,\n" + ",2025-01-01,,\n" + "b\n")
    company.load()
    assert company.quarantined("source_row, reason, row_key") == [
        (1, "invalid_type", "a"),
        (2, "missing_required", None),
        (3, "unparseable_row", None),
    ]


CURRENT = """
    select lead_id, email, updated_at from raw.leads
    qualify row_number() over (
        partition by lead_id
        order by updated_at desc, _loaded_at desc, _source desc, _source_row desc
    ) = 1
    order by lead_id
"""

versions = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(1, 9), st.integers(0, 2)),
    min_size=1,
    max_size=12,
)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=versions, data=st.data())
def test_any_order_any_split_and_any_repetition_give_the_same_current_versions(
    make_company: Callable[[], Any], rows: list[tuple[str, int, int]], data: st.DataObject
) -> None:
    # The day tells versions of a key apart, so it decides what they say.
    said = [lead(lead_id, day, f"{lead_id}{day}") for lead_id, day, _ in rows]
    at_once = make_company()
    at_once.write("leads/all.csv", HEADER + "".join(said))
    at_once.load()
    in_parts = make_company()
    shuffled = data.draw(st.permutations(said + said[:3]))
    loaded: set[str] = set()
    for third in range(3):
        part = [row for row, home in zip(shuffled, [*rows, *rows[:3]], strict=True) if home[2] == third]
        text = HEADER + "".join(part)
        in_parts.write(f"leads/{third}.csv", text)
        report = in_parts.load().feeds["leads"]
        # Of two parts that are the same bytes the second is known.
        assert report.rows_read == report.rows_accepted == (0 if text in loaded else len(part))
        loaded.add(text)
    assert at_once.rows(CURRENT) == in_parts.rows(CURRENT)
