"""Publication: readers get a whole night or the one before, whatever is killed when."""

import multiprocessing
import os
import shutil
import stat
import threading
import time
from multiprocessing.synchronize import Event
from pathlib import Path

import duckdb
import pytest

from ingest.errors import RevloopError
from ingest.store import connect
from orchestration import erasure_mark, leftovers, publication
from orchestration import publication_folders as folders
from orchestration.data_folder import DataFolder
from orchestration.erasure_mark import Mark
from orchestration.publication import Built
from orchestration.settings import utc_now
from tests.orchestration.builds import make_build, make_pay, publish, with_pay

LINKS = ("current", "revloop.duckdb", "revloop_pay.duckdb")
NIGHTS = [f"r2026030{number}T000000000000Z" for number in range(1, 7)]


def stated(folder: DataFolder) -> list[tuple]:
    with connect(folder.store) as connection:
        return connection.execute("select refresh_id, amount, stated_at from ops.pay_statements order by 1").fetchall()


def logged(folder: DataFolder) -> list[tuple]:
    connection = connect(folder.store)
    try:
        return connection.execute(
            "select refreshes.refresh_id, checks_passed, checks_count, parked_rows "
            "from ops.refreshes as refreshes left join ops.data_quality as quality "
            "on refreshes.refresh_id = quality.refresh_id order by 1"
        ).fetchall()
    finally:
        connection.close()


def files(folder: DataFolder) -> list[str]:
    return sorted(path.name for path in folder.published.iterdir())


def test_the_link_leads_to_the_newest_of_three_kept_nights(folder: DataFolder) -> None:
    for refresh_id in NIGHTS[:5]:
        publish(folder, refresh_id)
    assert files(folder) == [
        *LINKS[:1],
        *NIGHTS[2:5],
        *LINKS[1:],
    ]
    assert folder.current.readlink() == Path(NIGHTS[4])
    assert folder.warehouse.readlink() == Path("current/revloop.duckdb")
    assert folder.pay.readlink() == Path("current/revloop_pay.duckdb")


def test_a_published_file_is_read_only_in_the_old_format_and_has_no_wal(folder: DataFolder) -> None:
    published = publish(folder, NIGHTS[0])
    assert stat.S_IMODE(published.stat().st_mode) == 0o444
    assert not list(folder.published.glob("*.wal"))
    with duckdb.connect(str(folder.warehouse), read_only=True) as connection:
        [version] = connection.execute(
            "select tags['storage_version'] from duckdb_databases() where path is not null"
        ).fetchone()
        schemas = connection.execute("select distinct schema_name from duckdb_tables() order by 1").fetchall()
    assert version.startswith("v1.4.0")
    assert schemas == [("marts",), ("outputs",)]


def test_a_data_folder_behind_a_link_keeps_its_newest_night(folder: DataFolder, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder.root)
    linked = DataFolder(tmp_path / "link")
    for refresh_id in NIGHTS[:2]:
        publish(linked, refresh_id)
    publication.clean(linked, keep=1)
    assert files(folder) == [*LINKS[:1], NIGHTS[1], *LINKS[1:]]


def test_a_night_says_that_its_checks_passed(folder: DataFolder) -> None:
    published = publish(folder, NIGHTS[0])
    with duckdb.connect(str(published), read_only=True) as connection:
        row = connection.execute(
            "select finished_at is not null, checks_passed, checks_count from marts.fct_refreshes"
        ).fetchone()
    assert row == (True, True, 7)
    assert logged(folder) == [(NIGHTS[0], True, 7, 1)]


def test_a_kill_between_flip_and_log_is_made_good_by_the_next_start(folder: DataFolder) -> None:
    build = make_build(folder.night / "warehouse.duckdb", NIGHTS[0])
    publication.stamp(build, NIGHTS[0], utc_now(), 7)
    publication.publish(folder, with_pay(build, NIGHTS[0]), NIGHTS[0])
    assert logged(folder) == stated(folder) == []
    for _ in range(2):
        publication.log(folder, publication.current(folder))
        publication.discard_unpublished(folder)
    assert logged(folder) == [(NIGHTS[0], True, 7, 1)]
    assert stated(folder) == [(NIGHTS[0], 100, None)]
    assert files(folder) == [*LINKS[:1], NIGHTS[0], *LINKS[1:]]


def test_a_publication_of_an_earlier_version_is_logged_for_what_it_shows(folder: DataFolder) -> None:
    build = make_build(folder.night / "warehouse.duckdb", NIGHTS[0])
    with duckdb.connect(str(build)) as connection:
        connection.execute("alter table marts.fct_refreshes drop column is_replay")
        connection.execute("drop table marts.kpi_restatements")
    publication.stamp(build, NIGHTS[0], utc_now(), 7)
    publication.publish(folder, with_pay(build, NIGHTS[0]), NIGHTS[0])
    publication.log(folder, publication.current(folder))
    assert logged(folder) == [(NIGHTS[0], True, 7, 1)]


def test_a_kill_before_the_flip_leaves_neither_a_log_entry_nor_a_file(folder: DataFolder) -> None:
    publish(folder, NIGHTS[0])
    build = make_build(folder.night / "warehouse.duckdb", NIGHTS[1])
    publication.stamp(build, NIGHTS[1], utc_now(), 7)
    folders.place(folder, with_pay(build, NIGHTS[1]).files, NIGHTS[1])
    (folder.published / f".{NIGHTS[2]}.tmp").mkdir()
    (folder.published / f".{NIGHTS[2]}.tmp" / "revloop.duckdb").write_text("half made")
    (folder.published / ".current.tmp").symlink_to("nowhere")
    (folder.published / ".revloop.duckdb.tmp").symlink_to("nowhere")
    (folder.published / ".revloop_pay.duckdb.tmp").symlink_to("nowhere")
    (folder.published / f".revloop-{NIGHTS[1]}.duckdb.tmp").write_text("half made by an earlier version")
    (folder.published / ".revloop.link").symlink_to("nowhere")
    publication.discard_unpublished(folder)
    publication.clean(folder)
    assert [row[0] for row in logged(folder)] == [row[0] for row in stated(folder)] == [NIGHTS[0]]
    assert files(folder) == [*LINKS[:1], NIGHTS[0], *LINKS[1:]]


@pytest.mark.parametrize(
    ("statement", "version", "told"),
    [
        ("create schema raw; create table raw.leads (lead_id varchar)", "v1.4.0", "schemas"),
        ("create view marts.v as select 1", "v1.4.0", "view v"),
        ("select 1", "v1.5.0", "storage version"),
    ],
)
def test_a_build_that_is_not_for_readers_is_not_published(
    folder: DataFolder, statement: str, version: str, told: str
) -> None:
    publish(folder, NIGHTS[0])
    build = make_build(folder.night / "warehouse.duckdb", NIGHTS[1], storage_version=version)
    with duckdb.connect(str(build)) as connection:
        connection.execute(statement)
    with pytest.raises(RevloopError, match=told):
        publication.publish(folder, with_pay(build, NIGHTS[1]), NIGHTS[1])
    assert files(folder) == [*LINKS[:1], NIGHTS[0], *LINKS[1:]]


@pytest.mark.parametrize(
    ("statement", "version", "told"),
    [
        ("create schema outputs; create table outputs.sync (rep_id varchar)", "v1.4.0", "only marts are published"),
        ("create table marts.night (rep_id varchar)", "v1.4.0", r"marts\.night beside pay"),
        ("select 1", "v1.5.0", "storage version"),
    ],
)
def test_a_file_of_pay_that_holds_something_else_is_not_published(
    folder: DataFolder, statement: str, version: str, told: str
) -> None:
    publish(folder, NIGHTS[0])
    build = make_build(folder.night / "warehouse.duckdb", NIGHTS[1])
    pay = make_pay(folder.night / "pay.duckdb", NIGHTS[1], storage_version=version)
    with duckdb.connect(str(pay)) as connection:
        connection.execute(statement)
    with pytest.raises(RevloopError, match=told):
        publication.publish(folder, Built(build, pay), NIGHTS[1])
    assert files(folder) == [*LINKS[:1], NIGHTS[0], *LINKS[1:]]


@pytest.mark.parametrize("umask", [0o000, 0o077], ids=oct)
@pytest.mark.parametrize("pay_mode", [0o600, 0o440, 0o644], ids=oct)
def test_pay_is_read_by_whom_its_mode_lets_whatever_the_umask(folder: DataFolder, pay_mode: int, umask: int) -> None:
    build = make_build(folder.night / "warehouse.duckdb", NIGHTS[0])
    before = os.umask(umask)
    try:
        published = publication.publish(folder, with_pay(build, NIGHTS[0], pay_mode), NIGHTS[0])
    finally:
        os.umask(before)
    assert stat.S_IMODE(folder.pay.stat().st_mode) == pay_mode
    assert stat.S_IMODE(published.stat().st_mode) == 0o444 & ~umask
    with duckdb.connect(str(folder.pay), read_only=True) as connection:
        assert connection.execute("select current_database(), amount from marts.fct_pay_statements").fetchall() == [
            ("revloop_pay", 100)
        ]
    assert not list(folder.published.rglob("*.wal"))


def test_pay_is_nobody_elses_also_while_it_is_copied(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = {}
    copy = shutil.copyfile

    def watched(source: Path, target: Path) -> None:
        copy(source, target)
        seen[target.name] = stat.S_IMODE(target.stat().st_mode)

    monkeypatch.setattr(shutil, "copyfile", watched)
    before = os.umask(0)
    try:
        publish(folder, NIGHTS[0])
    finally:
        os.umask(before)
    assert seen == {"revloop.duckdb": 0o666, "revloop_pay.duckdb": 0o600}


def test_a_publication_of_an_earlier_version_has_no_pay_and_gets_no_link_to_it(folder: DataFolder) -> None:
    build = make_build(folder.night / "warehouse.duckdb", NIGHTS[0])
    publication.stamp(build, NIGHTS[0], utc_now(), 7)
    folders.place(folder, {"revloop.duckdb": build}, NIGHTS[0])
    folders.flip(folder, NIGHTS[0])
    publication.log(folder, publication.current(folder))
    assert files(folder) == ["current", NIGHTS[0], "revloop.duckdb"]
    assert (len(logged(folder)), stated(folder)) == (1, [])
    publish(folder, NIGHTS[1])
    assert files(folder) == ["current", *NIGHTS[:2], "revloop.duckdb", "revloop_pay.duckdb"]
    assert folder.pay.resolve().parent.name == NIGHTS[1]


def test_a_build_of_another_night_is_not_stamped(folder: DataFolder) -> None:
    build = make_build(folder.night / "warehouse.duckdb", NIGHTS[0])
    with pytest.raises(RevloopError, match="run the whole refresh"):
        publication.stamp(build, NIGHTS[1], utc_now(), 7)


def test_what_somebody_else_put_into_published_stays(folder: DataFolder) -> None:
    publish(folder, NIGHTS[0])
    strangers = {"revloop-notes.duckdb", ".revloop-backup", f"{NIGHTS[1]}.bak", f"revloop-{NIGHTS[1]}.csv"}
    for name in strangers:
        (folder.published / name).write_text("mine")
    (folder.published / "2026").mkdir()
    (folder.published / NIGHTS[0] / "notes.txt").write_text("mine")
    (folder.published / NIGHTS[5]).symlink_to(folder.root)
    for refresh_id in NIGHTS[1:5]:
        publish(folder, refresh_id)
    publication.discard_unpublished(folder)
    publication.clean(folder, keep=1)
    assert set(files(folder)) == {*strangers, "2026", NIGHTS[5], NIGHTS[0], NIGHTS[4], *LINKS}
    assert [path.name for path in (folder.published / NIGHTS[0]).iterdir()] == ["notes.txt"]
    assert folder.store.exists()


@pytest.mark.parametrize("name", ["revloop.duckdb", "revloop_pay.duckdb"])
def test_a_file_in_the_place_of_a_readers_link_is_not_overwritten_and_nothing_is_flipped(
    folder: DataFolder, name: str
) -> None:
    (folder.published / name).write_text("somebody's own")
    with pytest.raises(RevloopError, match=rf"{name} is not the link that readers open: move it elsewhere"):
        publish(folder, NIGHTS[0])
    assert (folder.published / name).read_text() == "somebody's own"
    assert publication.current(folder) is None


def test_a_copy_that_fails_leaves_nothing_behind(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(folder, NIGHTS[0])

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(OSError, match="No space left"):
        publish(folder, NIGHTS[1])
    assert files(folder) == [*LINKS[:1], NIGHTS[0], *LINKS[1:]]


def test_every_client_calls_the_database_revloop(folder: DataFolder) -> None:
    publish(folder, NIGHTS[0])
    for path in (folder.warehouse, folder.warehouse.resolve()):
        with duckdb.connect(str(path), read_only=True) as connection:
            assert connection.execute("select current_database()").fetchone() == ("revloop",)


def test_who_was_led_to_a_publication_before_an_erasure_still_opens_it(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "SECONDS_TO_OPEN", 1)
    publish(folder, NIGHTS[0], number=1)
    led_to = folder.warehouse.resolve()
    publish(folder, NIGHTS[1], number=2)
    erasure_mark.leave(folder, Mark(is_out_of_store=True))
    finishing = threading.Thread(target=leftovers.end_erasure, args=(folder,))
    finishing.start()
    time.sleep(0.2)
    with duckdb.connect(str(led_to), read_only=True) as connection:
        finishing.join()
        assert connection.execute("select min(number) from marts.night").fetchone() == (1,)
    assert folders.all_ids(folder) == {NIGHTS[1]}
    assert not folder.erase_pending.exists()


def read_until(done: Event, warehouse: str, seen: "multiprocessing.Queue[object]") -> None:
    """Open, query and close until told to stop; hand back the nights seen, or the first error."""
    numbers = []
    while not done.is_set() or not numbers:
        try:
            with duckdb.connect(warehouse, read_only=True) as connection:
                found = connection.execute("select min(number), max(number), count(*) from marts.night").fetchone()
        except duckdb.Error as error:
            seen.put(str(error))
            return
        numbers.append(found)
    seen.put(numbers)


def test_readers_never_get_an_error_nor_two_nights_in_one(folder: DataFolder) -> None:
    publish(folder, NIGHTS[0], number=0)
    processes = multiprocessing.get_context("spawn")
    done, seen = processes.Event(), processes.Queue()
    reader = processes.Process(target=read_until, args=(done, str(folder.warehouse), seen))
    reader.start()
    with duckdb.connect(str(folder.warehouse), read_only=True) as holder:
        for number in range(1, 11):
            publish(folder, f"r2026030{number % 10}T{number:012}Z", number)
            time.sleep(0.1)
        held = holder.execute("select min(number), max(number) from marts.night").fetchone()
    done.set()
    numbers = seen.get(timeout=30)
    reader.join()
    assert isinstance(numbers, list), numbers
    assert held == (0, 0)
    assert all(low == high and count == 1000 for low, high, count in numbers)
    assert numbers[-1][0] >= 9


def scored(folder: DataFolder, refresh_id: str, history: list[tuple[str, str, str]], *, states_months: bool) -> list:
    """Publish a refresh that shows these scores (lead, scored_at, refresh); what the log holds of scores then."""
    build = make_build(folder.night / "warehouse.duckdb", refresh_id)
    with duckdb.connect(str(build)) as connection:
        connection.execute(
            "alter table marts.fct_refreshes add column stated_month date; "
            "create table marts.fct_lead_score_history (lead_id varchar, scored_at timestamptz, refresh_id varchar)"
        )
        if states_months:
            connection.execute("update marts.fct_refreshes set stated_month = date '2026-01-01'")
        connection.executemany("insert into marts.fct_lead_score_history values (?, ?, ?)", history)
    publication.stamp(build, refresh_id, utc_now(), 7)
    publication.log(folder, publication.publish(folder, with_pay(build, refresh_id), refresh_id))
    with connect(folder.store) as store:
        return store.execute("select lead_id, refresh_id from ops.lead_score_history order by all").fetchall()


def test_scores_are_logged_by_who_gave_them_and_forgotten_once_they_are_shown_no_more(folder: DataFolder) -> None:
    first, second, replay, third = NIGHTS[:4]
    one, other = ("one", "2026-03-01", first), ("other", "2026-03-01", first)
    later = ("one", "2026-03-02", second)
    both = [("one", first), ("other", first)]
    assert scored(folder, first, [one, other], states_months=True) == both
    assert scored(folder, second, [one, other, later], states_months=True) == [both[0], ("one", second), both[1]]
    # What a replay does not show is only not of its time.
    assert scored(folder, replay, [one], states_months=False) == [both[0], ("one", second), both[1]]
    assert scored(folder, third, [one, later], states_months=True) == [both[0], ("one", second)]
