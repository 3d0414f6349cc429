"""Deliveries: only what changed is sent, nothing twice or beyond the guards, and no cell is a formula."""

import csv
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import RevloopError
from orchestration import publication
from orchestration import publication_folders as folders
from orchestration.data_folder import DataFolder
from orchestration.outputs import ledger as ledgers
from orchestration.outputs.deliver import deliver
from orchestration.outputs.files import FilesSink, write_csv
from orchestration.outputs.ledger import Ledger
from orchestration.outputs.sink import OUTPUTS, Counts, Plan, Receipt
from orchestration.outputs.sinks import SINKS, open_sink
from orchestration.settings import utc_now
from tests.orchestration.builds import AS_OF, make_build, note_batch, with_pay

SCORES = OUTPUTS[0]
LEADS = st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from(["x", "y"]))


@dataclass
class Picky:
    """A system that keeps what it is sent, and rejects some leads."""

    rejects: set[str] = field(default_factory=set)
    has: dict[str, str] = field(default_factory=dict)
    sent: list[tuple[str, str]] = field(default_factory=list)
    name: str = "picky"

    def push(self, plan: Plan) -> Iterator[Receipt]:
        for change in plan.rows():
            self.sent.append((change.action, change.key))
            if change.key in self.rejects:
                yield Receipt(rejected={change.key: "no such owner"})
            elif change.row is None:
                del self.has[change.key]
                yield Receipt(accepted=[change.key])
            else:
                self.has[change.key] = change.row["reason_text"]
                yield Receipt(accepted=[change.key])


def publish(folder: DataFolder, scores: dict[str, str], day: int = 0, *, is_as_of_asked: bool = True) -> None:
    """A publication with these reasons by lead, as of so many days later."""
    as_of = AS_OF + timedelta(days=day)
    refresh_id = publication.new_refresh_id(folder, as_of)
    build = make_build(
        folder.night / "warehouse.duckdb", refresh_id, as_of=as_of, is_as_of_asked=is_as_of_asked, scores=scores
    )
    note_batch(folder, refresh_id)
    publication.log(folder, publication.publish(folder, with_pay(build, refresh_id), refresh_id))
    publication.clean(folder)


def delivered(folder: DataFolder, name: str = "lead_scores") -> list[dict[str, str]]:
    with (folder.delivered / "files" / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def send(folder: DataFolder, **options: bool) -> Counts:
    return deliver(folder, open_sink("files", folder), utc_now(), **options)["lead_scores"]


@settings(max_examples=15, deadline=None)
@given(before=LEADS, after=LEADS)
def test_any_plan_leads_to_the_published_state_and_a_second_run_sends_nothing(
    before: dict[str, str], after: dict[str, str]
) -> None:
    with tempfile.TemporaryDirectory() as root:
        folder, sink = DataFolder(Path(root)), Picky()
        folder.prepare()
        for scores in (before, after):
            publish(folder, scores)
            deliver(folder, sink, utc_now())
            assert sink.has == scores
        sink.sent.clear()
        counts = deliver(folder, sink, utc_now())["lead_scores"]
    assert sink.sent == []
    assert counts == Counts(unchanged=len(after))


def test_a_delivery_counts_what_it_creates_updates_and_deletes(folder: DataFolder) -> None:
    publish(folder, {"a": "x", "b": "x", "c": "x"})
    assert send(folder) == Counts(created=3)
    publish(folder, {"a": "x", "b": "y", "d": "x"})
    assert send(folder) == Counts(created=1, updated=1, deleted=1, unchanged=1)
    assert [row["lead_id"] for row in delivered(folder)] == ["a", "b", "d"]
    assert delivered(folder, "recycled_leads") == []


def test_a_dry_run_writes_nothing(folder: DataFolder) -> None:
    publish(folder, {"a": "x"})
    before = sorted(folder.root.rglob("*"))
    assert send(folder, dry_run=True) == Counts(created=1)
    assert sorted(folder.root.rglob("*")) == before
    send(folder)
    publish(folder, {"a": "y"})
    ledger = folder.ledger.read_bytes()
    assert send(folder, dry_run=True) == Counts(updated=1)
    assert folder.ledger.read_bytes() == ledger


def test_a_kill_between_the_files_and_the_ledger_is_made_good(folder: DataFolder) -> None:
    publish(folder, {"a": "x"})
    with Ledger(folder.ledger) as ledger:
        ledger.see(folder.warehouse.resolve())
        list(FilesSink(folder.delivered / "files").push(ledger.plan("files", SCORES)))
    assert send(folder) == Counts(created=1)
    assert [row["lead_id"] for row in delivered(folder)] == ["a"]
    assert send(folder) == Counts(unchanged=1)


def test_an_earlier_as_of_that_was_asked_for_is_sent_only_by_force(folder: DataFolder) -> None:
    publish(folder, {"a": "x"}, day=1)
    send(folder)
    publish(folder, {"a": "y"}, day=0)
    with pytest.raises(RevloopError, match="last delivery was as of 2026-03-02"):
        send(folder)
    assert send(folder, force=True) == Counts(updated=1)


def test_a_night_whose_clock_was_years_ahead_holds_up_no_later_delivery(folder: DataFolder) -> None:
    publish(folder, {"a": "x"}, day=1500, is_as_of_asked=False)
    deliver(folder, open_sink("files", folder), utc_now() + timedelta(days=1500))
    for day, reason in enumerate("yz"):
        publish(folder, {"a": reason}, day=day, is_as_of_asked=False)
        assert send(folder) == Counts(updated=1)
    # What was sent last is told by the order of deliveries: the third day's is before none that counts.
    publish(folder, {"a": "w"}, day=2)
    assert send(folder) == Counts(updated=1)
    publish(folder, {"a": "v"}, day=1)
    with pytest.raises(RevloopError, match="last delivery was as of 2026-03-03"):
        send(folder)


def test_a_publication_that_was_followed_by_another_is_sent_only_by_force(folder: DataFolder) -> None:
    publish(folder, {"a": "x"})
    first = folder.current.readlink().name
    publish(folder, {"a": "y"}, day=-1, is_as_of_asked=False)
    newest = folder.current.readlink().name
    folders.flip(folder, first)
    with pytest.raises(RevloopError, match=f"{first} is not the newest publication, {newest} is"):
        send(folder)
    assert send(folder, force=True) == Counts(created=1)
    folders.flip(folder, newest)
    assert send(folder) == Counts(updated=1)


def test_deliveries_that_an_earlier_version_wrote_down_came_before_all_others(folder: DataFolder) -> None:
    publish(folder, {"a": "x"}, day=3)
    send(folder)
    with duckdb.connect(str(folder.ledger)) as connection:
        connection.execute("alter table deliveries drop column delivery_number")
        connection.execute("update deliveries set delivered_at = delivered_at + interval 4 years")
    publish(folder, {"a": "x"}, day=2, is_as_of_asked=False)
    send(folder)
    publish(folder, {"a": "y"}, day=2)
    assert send(folder) == Counts(updated=1)


def test_a_plan_that_deletes_most_of_many_rows_is_sent_only_by_force(folder: DataFolder) -> None:
    publish(folder, {f"lead{number}": "x" for number in range(201)})
    send(folder)
    publish(folder, {f"lead{number}": "x" for number in range(100)})
    with pytest.raises(RevloopError, match="lose 101 of 201 delivered rows"):
        send(folder)
    assert len(delivered(folder)) == 201
    assert send(folder, force=True) == Counts(deleted=101, unchanged=100)


def test_a_rejected_row_waits_until_it_changes_or_is_asked_for(folder: DataFolder) -> None:
    sink = Picky(rejects={"a"})
    publish(folder, {"a": "x", "b": "x"})
    deliver(folder, sink, utc_now())
    with Ledger(folder.ledger, read_only=True) as ledger:
        assert ledger.open_rejects() == 1
    sink.sent.clear()
    deliver(folder, sink, utc_now())
    assert sink.sent == []
    deliver(folder, sink, utc_now(), retry_rejected=True)
    assert sink.sent == [("create", "a")]
    sink.rejects.clear()
    publish(folder, {"a": "y", "b": "y"})
    deliver(folder, sink, utc_now(), retry_rejected=True)
    assert sink.has == {"b": "x"}
    deliver(folder, sink, utc_now())
    assert sink.has == {"a": "y", "b": "y"}
    with Ledger(folder.ledger, read_only=True) as ledger:
        assert ledger.open_rejects() == 0


def test_no_cell_is_a_formula_and_numbers_stay_numbers(folder: DataFolder) -> None:
    texts = ["=1+1", "+a", "-a", "@a", "\ta", "\ra", "\uff1d1", "a=1", "", 'it\'s, "so"\nsaid', "-12.5"]
    publish(folder, {f"lead{number:02}": text for number, text in enumerate(texts)})
    send(folder)
    rows = delivered(folder)
    assert [row["reason_text"] for row in rows] == [f"'{text}" for text in texts[:7]] + texts[7:]
    assert {row["points"] for row in rows} == {"-5"}
    assert list(rows[0]) == ["lead_id", "points", "reason_text"]


def test_a_failed_copy_leaves_the_file_before(tmp_path: Path) -> None:
    target = tmp_path / "rows.csv"
    with duckdb.connect() as connection:
        write_csv(connection, "select 1 as n", target)
        with pytest.raises(duckdb.Error):
            write_csv(connection, "select error('disk') as n", target)
    assert target.read_text() == "n\n1\n"
    assert list(tmp_path.iterdir()) == [target]


def test_an_erased_lead_leaves_no_byte_in_the_ledger(folder: DataFolder) -> None:
    publish(folder, {"somebody": "x", "else": "x"})
    send(folder)
    assert b"somebody" in folder.ledger.read_bytes()
    ledgers.erase(folder.ledger, lambda lead_id: lead_id == "somebody")
    assert b"somebody" not in folder.ledger.read_bytes()
    assert send(folder) == Counts(created=1, unchanged=1)


def test_nothing_is_sent_before_the_first_publication(folder: DataFolder) -> None:
    with pytest.raises(RevloopError, match="run `revloop refresh` first"):
        send(folder)


def test_a_sink_is_one_entry(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [open_sink(name, folder).name for name in SINKS] == list(SINKS)
    monkeypatch.setitem(SINKS, "picky", lambda opened_in: Picky())
    publish(folder, {"a": "x"})
    sink = open_sink("picky", folder)
    deliver(folder, sink, utc_now())
    assert sink.has == {"a": "x"}
    with pytest.raises(RevloopError, match="no sink 'pigeons': there is files, picky"):
        open_sink("pigeons", folder)
