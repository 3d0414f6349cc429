"""What `revloop status` says: that all is well only when it is, and otherwise where to look, never a traceback."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from ingest.outliers import outliers
from ingest.quarantined import open_files
from ingest.store import connect
from orchestration import feeds_seen, quarantine
from orchestration.data_folder import DataFolder
from orchestration.settings import Settings, utc_now
from orchestration.status import Status, status
from tests.conftest import Workplace
from tests.orchestration.conftest import Revloop, Said

NOW = datetime(2026, 3, 1, tzinfo=UTC)
MARTS = """
create schema marts;
create table marts.kpi_data_quality (refresh_id varchar, feed varchar, latest_occurred_at timestamptz);
create table marts.dim_leads (lead_id varchar);
create table marts.fct_stage_transitions (lead_id varchar, from_stage varchar);
"""


def settings_of(workplace: Workplace) -> Settings:
    return Settings(workplace.project, workplace.landing, workplace.data, "1GB", None, "pytest")


def look_at(workplace: Workplace, now: datetime | None = None) -> Status:
    return status(settings_of(workplace), now or utc_now())


@pytest.fixture
def well(refreshed: Workplace) -> Workplace:
    """A workplace of which status says that all is well."""
    quarantine.close(refreshed.data / "store.duckdb", None, "leads/first.csv", utc_now())
    assert look_at(refreshed).worries == []
    return refreshed


@pytest.fixture
def marts() -> duckdb.DuckDBPyConnection:
    """The marts of a publication that status reads, without rows."""
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    connection.execute(MARTS)
    return connection


def test_status_says_that_all_is_well_when_it_is(revloop: Revloop, well: Workplace) -> None:
    said = revloop(well, "status")
    assert (said.code, said.error) == (0, "")
    assert said.out.splitlines()[-1] == "all is well"


def garbage(path: Path) -> None:
    path.chmod(0o600)
    path.write_bytes(b"no database at all")


def remove(path: Path) -> None:
    path.unlink()


def cut(path: Path) -> None:
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:20_000])


def remove_folder_behind(path: Path) -> None:
    shutil.rmtree(path.resolve().parent)


def make_newer(path: Path) -> None:
    path.with_name("layout").write_text("99\n")


@pytest.mark.parametrize(
    ("file", "break_it", "told"),
    [
        ("store.duckdb", garbage, "store.duckdb is no DuckDB database: restore it from a backup"),
        ("store.duckdb", cut, "store.duckdb cannot be read"),
        ("store.duckdb", remove, "store.duckdb is missing: restore it from a backup"),
        ("published/revloop.duckdb", garbage, "cannot be read"),
        ("published/revloop.duckdb", cut, "cannot be read"),
        ("published/revloop.duckdb", remove_folder_behind, "leads nowhere: run `revloop refresh`"),
        ("published/current", remove, "run `revloop refresh`"),
        ("published/revloop.duckdb", remove, "does not lead to the last good night: run `revloop refresh`"),
        ("published/revloop_pay.duckdb", remove, "does not lead to the last good night: run `revloop refresh`"),
        ("published/current/revloop_pay.duckdb", remove, "leads nowhere: run `revloop refresh`"),
        ("published/site", remove, "there is no dashboard until a refresh makes one: run `revloop refresh`"),
        ("last_attempt.json", garbage, "last_attempt.json cannot be read"),
        ("store.duckdb", make_newer, "has layout 99"),
        ("erase.key", remove, "erase.key is missing"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_what_is_broken_is_one_line_and_exit_1(
    revloop: Revloop, well: Workplace, file: str, break_it: Callable[[Path], None], told: str
) -> None:
    break_it(well.data / file)
    said = revloop(well, "status")
    assert said.code == 1
    assert "Traceback" not in said.error
    assert "all is well" not in said.out
    [line] = [line for line in (said.out + said.error).splitlines() if line.startswith(("look: ", "revloop: "))]
    assert told in line


def test_a_refresh_does_not_begin_anew_where_the_store_is_missing(revloop: Revloop, well: Workplace) -> None:
    (well.data / "store.duckdb").unlink()
    said = revloop(well, "refresh")
    assert said.code == 1
    assert "store.duckdb is missing, though refreshes of it were published: restore it" in said.error
    assert not (well.data / "store.duckdb").exists()


def test_a_night_that_finished_in_the_future_is_told_until_the_next(well: Workplace) -> None:
    [worry] = look_at(well, utc_now() - timedelta(days=900)).worries
    assert "which is yet to come: set this machine's clock right" in worry


def test_an_unfinished_erasure_is_something_to_look_at(well: Workplace) -> None:
    DataFolder(well.data).erase_pending.touch()
    assert look_at(well).worries == ["an erasure is not finished: run `revloop refresh`"]


def test_what_lies_open_is_told_by_file_and_age_until_it_is_mended_or_closed(refreshed: Workplace) -> None:
    [worry] = look_at(refreshed, utc_now() + timedelta(hours=5)).worries
    assert worry.startswith(
        "quarantine holds 1 row of leads/first.csv, open for 5 h, such as: created_at: 'no day' is no timestamp"
    )
    assert worry.endswith("; mend it, or `revloop quarantine --close leads/first.csv`")


def test_files_that_were_refused_whole_are_told_apart(tmp_path: Path) -> None:
    connection = connect(tmp_path / "store.duckdb")
    connection.execute(
        """
        insert into raw.quarantine (feed, source, source_row, batch_id, loaded_at, reason, detail) values
            ('leads', 'leads/half.csv', 2, 'r1', '2026-02-26 12:00', 'invalid_type', 'one'),
            ('leads', 'leads/all.csv', 1, 'r1', '2026-02-28', 'missing_required', 'created_at is missing'),
            ('leads', 'leads/all.csv', 2, 'r1', '2026-02-28', 'missing_required', 'created_at is missing'),
            ('leads', 'leads/my old.gz', null, 'r2', '2026-02-28 12:00', 'unparseable_row', 'the file is damaged'),
            ('leads', 'leads/erased.csv', 1, 'r2', '2026-02-28', 'erased', 'lead_id names an erased lead');
        insert into ops.files (feed, sha256, source, batch_id, loaded_at, rows_read) values
            ('leads', 'a', 'leads/half.csv', 'r1', '2026-02-26 12:00', 2),
            ('leads', 'b', 'leads/all.csv', 'r1', '2026-02-28', 2),
            ('leads', 'c', 'leads/my old.gz', 'r2', '2026-02-28 12:00', 1);
        """
    )
    files = open_files(connection)
    connection.close()
    assert quarantine.told(files, NOW, 3) == [
        "quarantine holds 1 row of leads/half.csv, open for 60 h, such as: one; "
        "mend it, or `revloop quarantine --close leads/half.csv`",
        "the file leads/all.csv was refused whole, open for 24 h: created_at is missing; "
        "mend it, or `revloop quarantine --close leads/all.csv`",
        "the file leads/my old.gz was refused whole, open for 12 h: the file is damaged; "
        "mend it, or `revloop quarantine --close 'leads/my old.gz'`",
    ]
    assert quarantine.told(files, NOW, 1) == [
        *quarantine.told(files[:1], NOW, 1),
        "2 more files have rows in quarantine: see `revloop quarantine --out FILE`",
    ]


def test_a_store_of_an_earlier_version_is_read_as_it_is(well: Workplace) -> None:
    with duckdb.connect(str(well.data / "store.duckdb")) as connection:
        connection.execute("alter table raw.quarantine drop closed_at; alter table raw.quarantine drop row_key")
    [worry] = look_at(well).worries
    assert worry.startswith("quarantine holds 1 row of leads/first.csv")
    quarantine.write(well.data / "store.duckdb", "leads", well.folder / "out.csv")
    assert "broken@example.com" in (well.folder / "out.csv").read_text(encoding="utf-8")


def test_quarantine_shows_open_and_closed_rows_and_closes_a_source(revloop: Revloop, refreshed: Workplace) -> None:
    assert revloop(refreshed, "quarantine").out.split() == ["leads", "invalid_type", "1", "open"]
    wrong = revloop(refreshed, "quarantine", "--close", "leads/frist.csv")
    assert wrong.code == 1
    assert "nothing of leads/frist.csv lies in quarantine; the nearest is leads/first.csv" in wrong.error
    said = revloop(refreshed, "quarantine", "--close", "leads/first.csv")
    assert said.code == 0
    assert said.out.splitlines() == [
        "leads: 1 row of leads/first.csv closed",
        "leads       invalid_type               0 open, 1 closed",
    ]
    assert revloop(refreshed, "quarantine", "--close", "leads/first.csv").out.splitlines()[0] == (
        "nothing of leads/first.csv was open"
    )
    assert revloop(refreshed, "status").code == 0


@pytest.mark.parametrize(
    ("hours", "limit", "worry"),
    [
        (30, None, None),
        (30, 30, None),
        (31, 30, "leads is late: its latest row is 31 h old, max_feed_age_hours is 30"),
        (None, 30, "leads has no row yet, max_feed_age_hours is 30"),
        (None, None, None),
    ],
)
def test_a_feed_is_late_against_the_clock(
    marts: duckdb.DuckDBPyConnection, hours: float | None, limit: float | None, worry: str | None
) -> None:
    latest = None if hours is None else NOW - timedelta(hours=hours)
    marts.execute(
        "insert into marts.kpi_data_quality values ('r0', 'leads', '2026-03-01'), ('r1', 'leads', ?)", [latest]
    )
    ages = feeds_seen.lateness(marts, "r1", NOW)
    found = list(feeds_seen.worries(marts, "r1", ages, limit))
    assert len(found) == (worry is not None)
    assert worry is None or found[0].startswith(worry)


def test_the_limit_of_a_feeds_age_is_the_var(well: Workplace) -> None:
    well.set_var("max_feed_age_hours", "48")
    assert [worry.split(" is late")[0] for worry in look_at(well).worries] == ["activities", "contracts", "leads"]
    well.set_var("max_feed_age_hours", "soon")
    assert any("max_feed_age_hours" in worry for worry in look_at(well).worries)


def test_values_that_no_seed_lists_are_told_with_their_counts_and_the_nearest(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    marts.execute(
        """
        create table marts.kpi_unlisted_values as
        from (values ('activities', 'activity_type', 'Call', 240, 'call'), ('leads', 'owner_id', 'x', 1, null))
            as listed(feed, column_name, value, row_count, nearest)
        """
    )
    assert list(feeds_seen.unlisted(marts)) == [
        "activity_type 'Call' in 240 rows of activities is not listed in activity_types.csv: did you mean 'call'?",
        "owner_id 'x' in 1 row of leads is not listed in reps.csv: add it, or mend it where it comes from",
    ]
    marts.execute(
        "insert into marts.kpi_unlisted_values select 'leads', 'lead_source', 's' || i, 1, null from range(30) as _(i)"
    )
    lines = list(feeds_seen.unlisted(marts))
    assert len(lines) == feeds_seen.MOST_VALUES_SHOWN + 1
    assert lines[-1] == "12 more values are not listed: see marts.kpi_unlisted_values"


@pytest.mark.parametrize(
    ("leads", "moves", "latest", "is_empty"),
    [(3, 0, NOW, True), (3, 1, NOW, False), (0, 0, NOW, False), (3, 0, None, False)],
)
def test_a_funnel_in_which_no_activity_moved_anybody_is_empty(
    marts: duckdb.DuckDBPyConnection, leads: int, moves: int, latest: datetime | None, is_empty: bool
) -> None:
    marts.execute("insert into marts.dim_leads select i from range(?) as _(i)", [leads])
    marts.execute("insert into marts.fct_stage_transitions select i, null from range(?) as _(i)", [leads])
    marts.execute("insert into marts.fct_stage_transitions select i, 'captured' from range(?) as _(i)", [moves])
    marts.execute("insert into marts.kpi_data_quality values ('r1', 'activities', ?)", [latest])
    assert (feeds_seen.empty_funnel(marts, "r1") is not None) == is_empty


@pytest.mark.parametrize(("first", "is_told"), [("1900-01-01", True), ("2015-03-02", True), ("2015-03-03", False)])
def test_a_row_dated_ten_years_before_the_next_is_named_with_its_file(
    tmp_path: Path, first: str, is_told: bool
) -> None:
    connection = connect(tmp_path / "store.duckdb")
    for lead, day, row in (("old", first, 7), ("a", "2025-03-02", 1), ("b", "2026-01-01", 2)):
        connection.execute(
            "insert into raw.leads (lead_id, created_at, updated_at, _loaded_at, _source, _source_row) "
            "values ($1, $2, $2, now(), 'leads/crm.csv', $3)",
            [lead, day, row],
        )
    found = list(outliers(connection))
    connection.close()
    line = f"the earliest row of leads is dated {first}, the next one 2025-03-02: see whether row 7 of leads/crm.csv"
    assert found == ([f"{line} is right"] if is_told else [])


def test_the_end_of_a_refresh_says_where_to_look(first_refresh: Said) -> None:
    assert "look: quarantine holds 1 row of leads/first.csv" in first_refresh.out
