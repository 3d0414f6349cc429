"""What was published of a month that was over stays visible when data, process or code move it."""

from datetime import UTC, datetime

from tests.nights.nights import Nights

AS_OF = datetime(2025, 3, 10, tzinfo=UTC)
MOVED = "select measure, published, current, difference, cause from marts.kpi_restatements where difference <> 0"


def moved(nights: Nights) -> set[tuple]:
    return {
        (measure, int(published), int(current), cause)
        for measure, published, current, _, cause in nights.workplace.rows(MOVED)
        if measure.startswith("entered")
    }


def test_late_data_and_another_process_restate_a_month_and_say_so(nights: Nights) -> None:
    land = nights.workplace.land
    land("leads/1.csv", "lead_id,created_at\nL1,2025-02-01\nL2,2025-02-02\n")
    land("activities/1.csv", "activity_id,lead_id,activity_type,occurred_at\nA1,L1,page_view,2025-02-03\n")
    nights.run(AS_OF)
    assert moved(nights) == set()
    first = "select distinct first_published_at from marts.kpi_restatements"
    published_at = nights.workplace.rows(first)
    assert len(published_at) == 1

    land("activities/2.csv", "activity_id,lead_id,activity_type,occurred_at\nA2,L2,form_submit,2025-02-20\n")
    nights.run(AS_OF)
    assert moved(nights) == {("entered:engaged", 0, 1, "data")}
    nights.run(AS_OF)
    assert moved(nights) == {("entered:engaged", 0, 1, "data")}
    assert nights.workplace.rows(first) == published_at

    nights.change_seed("stage_criteria", "engaged,page_view,,Buyer looked at a page")
    nights.run(AS_OF)
    assert moved(nights) == {("entered:engaged", 0, 2, "process")}

    # A month that was not over when it was last published has nothing to restate when it is.
    nights.run(datetime(2025, 4, 2, tzinfo=UTC))
    assert moved(nights) == {("entered:engaged", 0, 2, "process")}
    months = "select count(distinct period_month) from marts.kpi_restatements"
    assert nights.workplace.rows(months) == [(2,)]


def test_a_replay_shows_what_moved_and_notes_nothing(nights: Nights) -> None:
    land = nights.workplace.land
    land("leads/1.csv", "lead_id,created_at\nL1,2025-02-01\n")
    nights.run(AS_OF)
    known_at = nights.known_at()
    land("leads/2.csv", "lead_id,created_at\nL2,2025-02-02\n")
    nights.run(AS_OF)
    assert moved(nights) == {("entered:captured", 1, 2, "data")}
    nights.run(AS_OF, known_at=known_at)
    assert moved(nights) == set()
    nights.run(AS_OF)
    assert moved(nights) == {("entered:captured", 1, 2, "data")}


def test_an_earlier_as_of_looks_back_and_notes_nothing(nights: Nights) -> None:
    mrr = (
        "select cast(difference as integer), cause from marts.kpi_restatements "
        "where measure = 'new_mrr' and difference <> 0"
    )
    noted = "select count(*) from ops.measures"
    store = nights.workplace.data / "store.duckdb"
    head = "contract_id,customer_id,signed_at,starts_on,mrr\n"
    nights.workplace.land("leads/1.csv", "lead_id,created_at\nL1,2025-02-01\n")
    nights.run(AS_OF)
    nights.workplace.land("contracts/1.csv", head + "C1,K1,2025-03-08,2025-02-01,100\n")
    nights.run(AS_OF)
    assert nights.workplace.rows(mrr) == [(100, "data")]
    before = nights.workplace.rows(noted, store)
    for as_of, restated in (
        (datetime(2025, 3, 5, tzinfo=UTC), []),
        (AS_OF, [(100, "data")]),
    ):
        nights.run(as_of)
        assert nights.workplace.rows(mrr) == restated
        assert nights.workplace.rows(noted, store) == before
