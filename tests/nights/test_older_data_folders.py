"""A data folder that the release before made is brought to this one's layout, whatever is killed when.

`data/layout_1.tar.xz` is one: two nights of a made-up company of 40 leads with `/tmp/revloop/landing`, one delivery
between them, and in the landing folder files that its rules refused and today's accept.
"""

import multiprocessing
import os
import signal
import sys
import tarfile
from collections.abc import Callable
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingest.store import connect
from orchestration import leftovers, migration, publication
from orchestration import publication_folders as folders
from orchestration.data_folder import DataFolder
from orchestration.outputs.deliver import deliver
from orchestration.outputs.sinks import open_sink
from orchestration.settings import utc_now
from tests.conftest import Workplace

RELEASE_BEFORE = Path(__file__).parent / "data" / "layout_1.tar.xz"
NIGHTS = ("r20261130T061102881801Z", "r20261130T061122873261Z")


def unpack(to: Path) -> DataFolder:
    to.mkdir(parents=True, exist_ok=True)
    with tarfile.open(RELEASE_BEFORE) as archive:
        archive.extractall(to, filter="data")
    return DataFolder(to / "data")


def migrate(folder: DataFolder) -> list[str]:
    told: list[str] = []
    migration.migrate(folder, told.append)
    return told


@pytest.fixture
def older(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DataFolder:
    monkeypatch.setattr(folders, "SECONDS_TO_OPEN", 0)
    return unpack(tmp_path)


def require_migrated(folder: DataFolder) -> None:
    names = {"current", "revloop.duckdb", *NIGHTS}
    assert {path.name for path in folder.published.iterdir()} == names
    assert (folder.current.readlink(), folder.warehouse.readlink()) == (Path(NIGHTS[1]), Path("current/revloop.duckdb"))
    assert not folder.is_older
    private = [path for path in folder.private if path.exists() and not path.is_symlink()]
    assert {path.stat().st_mode & 0o077 for path in private} == {0}
    with duckdb.connect(str(folder.warehouse), read_only=True) as connection:
        assert connection.execute("select current_database(), count(*) from marts.fct_refreshes").fetchone() == (
            "revloop",
            2,
        )


def test_publications_log_and_deliveries_go_on_in_the_new_layout(older: DataFolder) -> None:
    assert migrate(older) == ["the data folder was brought to layout 3"]
    require_migrated(older)
    assert migrate(older) == []
    published = publication.current(older)
    publication.log(older, published)
    publication.discard_unpublished(older)
    publication.clean(older)
    require_migrated(older)
    connection = connect(older.store)
    try:
        assert connection.execute("select refresh_id from ops.refreshes order by 1").fetchall() == [
            (night,) for night in NIGHTS
        ]
    finally:
        connection.close()
    # The second night was as of a day later than what was delivered.
    assert deliver(older, open_sink("files", older), utc_now(), dry_run=True)["lead_scores"].changed > 0
    assert deliver(older, open_sink("files", older), utc_now())["lead_scores"].changed > 0


def test_a_refresh_brings_the_folder_up_to_date_before_anything_else(older: DataFolder) -> None:
    told: list[str] = []
    leftovers.finish(older, told.append)
    assert told == ["the data folder was brought to layout 3"]
    require_migrated(older)


def test_a_folder_of_layout_2_keeps_its_publications_which_have_no_pay(older: DataFolder) -> None:
    migrate(older)
    older.layout.write_text("2\n")
    with connect(older.store) as store:
        store.execute("drop table ops.lead_score_history; drop table ops.pay_statements")
        store.execute("alter table ops.refreshes drop column stated_month")
    assert migrate(older) == ["the data folder was brought to layout 3"]
    require_migrated(older)
    publication.log(older, publication.current(older))
    with connect(older.store) as store:
        [logged] = store.execute("select count(*), count(stated_month) from ops.refreshes").fetchall()
        [stated] = store.execute("select count(*) from ops.pay_statements").fetchall()
    assert (logged, stated) == ((2, 0), (0,))


def test_what_somebody_else_put_beside_the_publications_stays(older: DataFolder) -> None:
    strangers = {"revloop-notes.duckdb", ".revloop-backup", "revloop-r2026.duckdb", ".revloop.tmp"}
    for name in strangers:
        (older.published / name).write_text("mine")
    for name in ("2026", "r20261130"):
        (older.published / name).mkdir()
        (older.published / name / "revloop.duckdb").write_text("mine")
    migrate(older)
    publication.clean(older, keep=1)
    assert {path.name for path in older.published.iterdir()} == {
        *strangers,
        "2026",
        "r20261130",
        "current",
        "revloop.duckdb",
        NIGHTS[1],
    }


def killed_at(folder: DataFolder, step: int) -> bool:
    """Migrate in a child that is killed before a step that changes `published/`; whether it was."""
    child = os.fork()
    if child == 0:
        seen = 0

        def watch(event: str, _: tuple[Any, ...]) -> None:
            nonlocal seen
            if event in ("os.rename", "os.remove", "os.mkdir", "os.link", "os.symlink", "os.chmod"):
                seen += 1
                if seen == step:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(watch)
        migration.connect = lambda store: connect(store)
        migrate(folder)
        os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def test_a_migration_killed_at_any_step_is_done_anew_and_readers_see_no_gap(tmp_path: Path, older: DataFolder) -> None:
    # The store is completed in one transaction before all that; forked processes do not share a database.
    connect(older.store).close()
    step = 0
    while True:
        step += 1
        folder = unpack(tmp_path / f"step-{step}")
        folder.store.unlink()
        folder.store.symlink_to(older.store)
        was_killed = killed_at(folder, step)
        with duckdb.connect(str(folder.warehouse), read_only=True) as connection:
            assert connection.execute("select count(*) from marts.fct_refreshes").fetchone() == (2,)
        if not was_killed:
            break
        migrate(folder)
        require_migrated(folder)
    assert step > 15


def read_on(begun: Event, done: Event, warehouse: str, seen: "multiprocessing.Queue[object]") -> None:
    """Open and query until told to stop; hand back how often, or the first error."""
    opened = 0
    while not done.is_set():
        try:
            with duckdb.connect(warehouse, read_only=True) as connection:
                connection.execute("select count(*) from marts.fct_refreshes").fetchone()
        except duckdb.Error as error:
            seen.put(str(error))
            return
        opened += 1
        begun.set()
    seen.put(opened)


def test_readers_of_the_old_link_get_no_error_while_the_folder_is_migrated(tmp_path: Path) -> None:
    folder = unpack(tmp_path)
    processes = multiprocessing.get_context("spawn")
    begun, done, seen = processes.Event(), processes.Event(), processes.Queue()
    reader = processes.Process(target=read_on, args=(begun, done, str(folder.warehouse), seen))
    reader.start()
    assert begun.wait(60)
    migrate(folder)
    done.set()
    opened = seen.get(timeout=60)
    reader.join()
    assert isinstance(opened, int), opened
    assert opened > 5


def test_a_night_reads_once_more_what_the_rules_of_the_release_before_refused(
    make_workplace: Callable[[str], Workplace],
) -> None:
    workplace = make_workplace("older")
    workplace.landing.rmdir()
    unpack(workplace.folder)
    said = workplace.revloop("status")
    assert "last good night: r20261130T061122873261Z" in said.stdout, said.stderr
    workplace.refresh("--as-of", "2026-03-03")
    again = "select distinct source from ops.files where rules_version is not null and feed = 'leads' order by 1"
    assert {"leads/country.csv", "leads/pictures.parquet", "leads/small.csv"} <= {
        source for (source,) in workplace.rows(again, workplace.data / "store.duckdb")
    }
    new = "select lead_id from marts.dim_leads where lead_id in ('zero', 'small', 'picture-1', 'picture-2') order by 1"
    assert [lead for (lead,) in workplace.rows(new)] == ["picture-1", "picture-2", "small", "zero"]
    numbers = "select refresh_id, refresh_number from marts.fct_refreshes order by 2 limit 2"
    assert workplace.rows(numbers) == [(NIGHTS[0], 1), (NIGHTS[1], 2)]
