"""The command line: each verb, its exit code, and the one line a user gets when something is wrong."""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

import duckdb
import pytest

import orchestration.status
from ingest.errors import RevloopError
from orchestration import publication_folders, steps
from orchestration.dashboard import site
from orchestration.data_folder import LAYOUT_VERSION, DataFolder, exclusive
from orchestration.settings import Settings, utc_now
from orchestration.timestamps import parse_timestamp
from tests.conftest import REVLOOP, Workplace
from tests.orchestration.conftest import Revloop, Said, said_to_nobody

HEAVY = ("dagster", "dbt")


def settings_of(workplace: Workplace) -> Settings:
    return Settings(workplace.project, workplace.landing, workplace.data, "1GB", None, "pytest")


def cause(said: Said) -> str:
    """The one line of a refusal, which is the last one on stderr and is no traceback."""
    assert said.code == 1
    assert "Traceback" not in said.error
    line = said.error.strip().splitlines()[-1]
    assert line.startswith("revloop: ")
    return line


def texts_in(file: Path) -> Iterator[str]:
    """Every value of every table of a DuckDB file, as text."""
    with duckdb.connect(str(file), read_only=True) as connection:
        tables = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        for schema, table in tables:
            for row in connection.execute(f"select * from {schema}.{table}").fetchall():
                yield from map(str, row)


def publications(workplace: Workplace) -> set[str]:
    """The refreshes that are published."""
    return publication_folders.all_ids(DataFolder(workplace.data))


def test_a_refresh_says_what_it_read_put_aside_and_published(first_refresh: Said) -> None:
    out, error = first_refresh.out, first_refresh.error
    assert "leads: 3 rows read, 2 accepted, 1 quarantined (invalid_type 1)" in out
    assert "columns beyond the contract: shoe_size" in out
    assert "parked rows (their lead is not known yet): 1" in out
    assert "ignored files: leads/notes.txt" in out
    assert re.search(r"published \S+revloop.duckdb -> r\d{8}T\d{12}Z .* \d+ checks passed\) in \d+\.\d s", out)
    assert re.search(r"^ingest: \d+\.\d s$", error, re.MULTILINE)
    assert re.search(r"^publish: \d+\.\d s$", error, re.MULTILINE)
    assert re.search(r"^site: \d+\.\d s$", error, re.MULTILINE)
    said, looks = re.split(r"^dashboard: \S+/published/site/index\.html$", out, maxsplit=1, flags=re.MULTILINE)
    assert "look: " not in said
    assert {line[:6] for line in looks.split("\n") if line} == {"look: "}


def test_the_dashboard_of_a_refresh_is_its_own(refreshed: Workplace) -> None:
    page = (refreshed.data / "published" / "site" / "index.html").read_text(encoding="utf-8")
    shared = (refreshed.data / "published" / "site" / "assets" / "shared.js").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert publications(refreshed) == set(re.findall(r'"refresh_id":"(r\d{8}T\d{12}Z)"', shared))


@pytest.mark.whole
def test_without_rows_the_first_refresh_publishes_empty_marts(revloop: Revloop, workplace: Workplace) -> None:
    assert revloop(workplace, "refresh").code == 0
    assert workplace.rows("select count(*) from marts.dim_leads") == [(0,)]
    assert workplace.rows("select checks_passed from marts.fct_refreshes") == [(True,)]


def test_a_missing_landing_folder_is_named_and_nothing_is_made(revloop: Revloop, workplace: Workplace) -> None:
    workplace.landing.rmdir()
    assert f"no landing folder {workplace.landing}" in cause(revloop(workplace, "refresh"))
    assert not workplace.data.exists()


def test_a_landing_folder_that_is_a_file_is_named_and_nothing_is_made(revloop: Revloop, workplace: Workplace) -> None:
    workplace.landing.rmdir()
    workplace.landing.touch()
    assert f"{workplace.landing} is a file" in cause(revloop(workplace, "refresh"))
    assert not workplace.data.exists()


def test_a_wrong_mapping_is_told_with_its_line_and_nothing_is_made(revloop: Revloop, workplace: Workplace) -> None:
    mappings = workplace.folder / "mappings"
    mappings.mkdir()
    (mappings / "ourcrm.yml").write_text(
        "objects:\n  people:\n    files: p\n    key: Id\n    rows:\n      - feed: activities\n        columns:\n"
        "          activity_id: Id\n          lead_id: Id\n          occurred_at: At\n"
        "          activity_type: {constant: stage_changed}\n          stage: {constant: mqll}\n"
    )
    workplace.land("ourcrm/p.csv", "Id,At\n")
    line = cause(revloop(workplace, "refresh", "--mappings", mappings))
    keys = "objects.people.rows[0].columns.stage.constant"
    assert f"{mappings}/ourcrm.yml:12: {keys}: 'mqll' is not a stage of stages.csv; did you mean 'mql'?" in line
    assert not workplace.data.exists()
    missing = cause(revloop(workplace, "refresh", "--mappings", workplace.folder / "nowhere"))
    assert f"no folder of mappings {workplace.folder / 'nowhere'}: make it, or name another" in missing


def test_a_wrong_seed_is_told_in_a_line_and_readers_keep_the_night_before(
    revloop: Revloop, refreshed: Workplace
) -> None:
    before = refreshed.published.resolve()
    refreshed.add_row("stage_criteria", "no_such_stage,form_submit,,A typing error")
    line = cause(revloop(refreshed, "refresh"))
    assert "stage_criteria.csv" in line
    assert "no_such_stage" in line
    assert refreshed.published.resolve() == before
    assert revloop(refreshed, "status").code == 1


def test_a_cell_of_the_wrong_type_is_told_with_its_file(revloop: Revloop, refreshed: Workplace) -> None:
    refreshed.add_row("segments", "tiny,many")
    line = cause(revloop(refreshed, "refresh"))
    assert "segments.csv" in line
    assert "many" in line


def test_a_model_that_fails_is_told_with_its_file(revloop: Revloop, refreshed: Workplace) -> None:
    model = refreshed.project / "models" / "marts" / "process" / "dim_stages.sql"
    model.write_text(model.read_text().replace("select * from", "select no_such_column, * from"))
    line = cause(revloop(refreshed, "refresh"))
    assert "models/marts/process/dim_stages.sql: " in line
    assert "no_such_column" in line
    assert "> in macro" not in line


def test_a_project_that_does_not_parse_is_told_in_a_line(revloop: Revloop, refreshed: Workplace) -> None:
    model = refreshed.project / "models" / "marts" / "process" / "dim_stages.sql"
    model.write_text("select * from {{ ref('nowhere') }}")
    assert "nowhere" in cause(revloop(refreshed, "refresh"))


def test_a_data_folder_of_another_layout_is_refused(revloop: Revloop, refreshed: Workplace) -> None:
    (refreshed.data / "layout").write_text("7\n")
    for verb in (["refresh"], ["status"], ["quarantine"], ["deliver"], ["erase", "--lead-id", "ada"]):
        assert f"has layout 7, this revloop reads {LAYOUT_VERSION}" in cause(revloop(refreshed, *verb))


def test_a_second_refresh_names_the_first(revloop: Revloop, refreshed: Workplace) -> None:
    with exclusive(DataFolder(refreshed.data), "revloop refresh --full", utc_now()):
        for verb in (["refresh"], ["refresh", "--out", refreshed.folder / "o.duckdb"], ["deliver"]):
            assert "(revloop refresh --full), started 20" in cause(revloop(refreshed, *verb))


def test_a_read_only_data_folder_is_told_in_a_line() -> None:
    with tempfile.TemporaryDirectory() as open_to_all:
        place = Path(open_to_all)
        place.chmod(0o755)
        (place / "landing").mkdir()
        (place / "data").mkdir()
        (place / "data").chmod(0o555)
        words = ["refresh", "--landing", place / "landing", "--data", place / "data"]
        line = cause(said_to_nobody(words))
        assert f"cannot write to the data folder {place / 'data'} (Permission denied)" in line
        assert list((place / "data").iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [
        ["refresh", "--as-of", "yesterday"],
        ["refresh", "--known-at", "2026-13-01"],
        ["refresh", "--no-such-option"],
        ["erase"],
        ["erase", "--lead-id", " \u200b"],
        ["erase", "--email", ""],
        ["erase", "--lead-id", "a", "--email", "a@example.com"],
        ["simulate", "--leads", "0", "--out", "somewhere"],
        ["simulate", "--leads", "5"],
        ["quarantine", "--feed", "orders"],
        ["quarantine", "--out", "."],
        ["refresh", "--out", "landing"],
        ["status", "--no-such-option"],
        ["status", "extra"],
        ["deliver", "--sink"],
        ["no_such_verb"],
    ],
)
def test_wrong_usage_exits_2(revloop: Revloop, workplace: Workplace, words: list[str]) -> None:
    said = revloop(workplace, *words)
    assert said.code == 2
    assert "Error: " in said.error
    assert not workplace.data.exists()


@pytest.mark.parametrize("option", ["--as-of", "--known-at"])
@pytest.mark.parametrize("text", ["2026-02-30", "2026-13-01", "yesterday", "1066-10-14", "2026-03-01T00:00+99:00"])
def test_a_clock_that_cannot_be_is_told_with_its_value(
    revloop: Revloop, workplace: Workplace, option: str, text: str
) -> None:
    said = revloop(workplace, "refresh", option, text)
    assert said.code == 2
    assert f"Invalid value for '{option}': '{text}'" in said.error


def test_an_as_of_far_in_the_future_is_refused_before_anything_is_written(
    revloop: Revloop, workplace: Workplace
) -> None:
    assert "more than a year after the refresh's start" in cause(revloop(workplace, "refresh", "--as-of", "2200-01-01"))
    assert not workplace.data.exists()


def test_the_version_is_told(revloop: Revloop, workplace: Workplace) -> None:
    said = revloop(workplace, "--version")
    assert (said.code, said.out) == (0, f"revloop {version('revloop')}\n")


@pytest.mark.parametrize(
    "words", [["status"], ["quarantine"], ["deliver", "--dry-run"], ["erase", "--lead-id", "stranger"]], ids=" ".join
)
def test_each_verb_works_on_the_data_folder_that_it_is_told(
    revloop: Revloop, refreshed: Workplace, workplace: Workplace, words: list[str]
) -> None:
    assert "nothing at" in cause(revloop(workplace, *words))
    elsewhere = ["--data", refreshed.data, *(["--landing", refreshed.landing] if words[0] == "erase" else [])]
    assert "nothing at" not in revloop(workplace, *words, *elsewhere).error
    assert not workplace.data.exists()


@pytest.mark.parametrize("verb", ["refresh", "deliver", "erase", "simulate", "quarantine", "status"])
def test_every_verb_has_its_help(revloop: Revloop, workplace: Workplace, verb: str) -> None:
    said = revloop(workplace, verb, "--help")
    assert said.code == 0
    assert said.out.startswith(f"Usage: revloop {verb} ")


@pytest.mark.parametrize("words", [["--help"], ["status"], ["quarantine"], ["deliver"], ["simulate", "--leads", "5"]])
def test_light_verbs_import_neither_dagster_nor_dbt(refreshed: Workplace, words: list[str]) -> None:
    out = ["--out", str(refreshed.folder / "made_up")] if words[0] == "simulate" else []
    script = (
        "import sys; from orchestration import cli; code = cli.run(sys.argv[1:]); "
        f"sys.exit(code or 3 * any(name in sys.modules for name in {HEAVY}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *words, *out],
        cwd=refreshed.folder,
        env=refreshed.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    # The fixture's one broken row is news to status, which says so.
    assert done.returncode == (1 if words == ["status"] else 0), done.stderr


def test_marts_of_another_day_go_to_a_file_and_nowhere_else(revloop: Revloop, refreshed: Workplace) -> None:
    refreshed.land("leads/new.csv", "lead_id,created_at\nnew,2026-01-03\n")
    before = {path: path.read_bytes() for path in (refreshed.data / "store.duckdb", refreshed.published.resolve())}
    out = refreshed.folder / "january.duckdb"
    said = revloop(refreshed, "refresh", "--out", out, "--as-of", "2026-01-03")
    assert said.code == 0, said.error
    assert refreshed.rows("select lead_id from marts.dim_leads", out) == [("ada",)]
    assert {path: path.read_bytes() for path in before} == before
    assert refreshed.published.resolve() in before
    assert list((refreshed.data / "tmp").iterdir()) == []


def test_a_store_of_an_earlier_version_serves_as_before(revloop: Revloop, refreshed: Workplace) -> None:
    with duckdb.connect(str(refreshed.data / "store.duckdb")) as connection:
        connection.execute("drop table ops.measures; alter table ops.refreshes drop column is_replay")
    assert "last good night" in revloop(refreshed, "status").out
    out = refreshed.folder / "out.duckdb"
    said = revloop(refreshed, "refresh", "--as-of", "2026-03-01", "--out", out)
    assert said.code == 0, said.error
    assert refreshed.rows("select refresh_id from marts.fct_refreshes where is_replay", out) == []


def test_quarantine_is_shown_by_reason_and_written_as_csv(revloop: Revloop, refreshed: Workplace) -> None:
    said = revloop(refreshed, "quarantine")
    assert said.out.split() == ["leads", "invalid_type", "1", "open"]
    assert revloop(refreshed, "quarantine", "--feed", "contracts").out == "quarantine is empty\n"
    out = refreshed.folder / "quarantine.csv"
    revloop(refreshed, "quarantine", "--out", out)
    assert "broken@example.com" in out.read_text()


def test_status_tells_what_a_person_should_look_at(
    revloop: Revloop, refreshed: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = revloop(refreshed, "status")
    assert said.code == 1
    assert "look: quarantine holds 1 row of leads/first.csv, open for 0 h" in said.out
    assert "last good night: r20" in said.out
    assert re.search(r"last attempt: r20\S+ \(revloop refresh --as-of 2026-03-01\), published", said.out)
    assert re.search(r"lateness: activities latest row 2026-01-06 00:00 UTC, \d+\.\d h ago", said.out)
    began_at = datetime.strptime(*publications(refreshed), "r%Y%m%dT%H%M%S%fZ")

    def fail(*_: object, **__: object) -> None:
        raise RevloopError("a page is wrong")

    with monkeypatch.context() as patched:
        patched.setattr(site, "make", fail)
        refresh = revloop(refreshed, "refresh")
    assert refresh.code == 0
    assert "look: quarantine holds 1 row of leads/first.csv" in refresh.out
    behind = (
        f"look: the dashboard is still that of {began_at:%Y-%m-%d %H:%M:%S} UTC: "
        "a page is wrong; mend it and run `revloop refresh`"
    )
    assert behind in refresh.out.splitlines()
    said = revloop(refreshed, "status")
    assert said.code == 1
    assert behind in said.out.splitlines()
    refreshed.land("leads/mended.csv", "lead_id,created_at,lead_source\nbroken,2026-01-05,seminar\n")
    refresh = revloop(refreshed, "refresh")
    assert refresh.code == 0, refresh.error
    assert "look: " not in refresh.out
    said = revloop(refreshed, "status")
    assert (said.code, said.out.splitlines()[-1]) == (0, "all is well")


def test_an_old_night_is_something_to_look_at(refreshed: Workplace) -> None:
    later = datetime.now(UTC) + timedelta(hours=27)
    worries = orchestration.status.status(settings_of(refreshed), later).worries
    assert any("27 h old" in worry for worry in worries)


def test_before_the_first_refresh_every_reading_verb_says_what_to_do(revloop: Revloop, workplace: Workplace) -> None:
    for verb in ("status", "quarantine", "deliver"):
        assert "run `revloop refresh` first" in cause(revloop(workplace, verb))
    assert not workplace.data.exists()


def test_an_unknown_sink_is_refused(revloop: Revloop, refreshed: Workplace) -> None:
    said = revloop(refreshed, "deliver", "--sink", "crm")
    assert said.code == 2
    assert "'crm' is not 'files'" in said.error


def test_an_erased_lead_is_found_in_no_table_and_no_publication(
    revloop: Revloop, refreshed: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert revloop(refreshed, "deliver").code == 0
    # dbt writes down how its process was called.
    monkeypatch.setattr(sys, "argv", ["revloop", "erase", "--email", "ADA@example.com"])
    said = revloop(refreshed, "erase", "--email", "ADA@example.com")
    assert said.code == 0, said.error
    assert "leads erased: 1; published anew" in said.out
    assert str(refreshed.landing) in said.out
    assert len(publications(refreshed)) == 1
    for file in refreshed.data.rglob("*.duckdb"):
        assert not {"ada", "ada@example.com", "Ada Lang"} & set(texts_in(file)), file
    assert refreshed.rows("select lead_id from marts.dim_leads") == [("ben",)]
    assert refreshed.rows("select max(as_of)::date::varchar from marts.fct_refreshes") == [("2026-03-01",)]
    written = [path for path in refreshed.data.rglob("*") if path.is_file()]
    assert refreshed.data / "dbt" / "parsed.pickle" in written
    assert [path for path in written if b"ada@example.com" in path.read_bytes().lower()] == []
    refreshed.land("leads/again.csv", "lead_id,created_at,email\nada,2026-01-01,ada@example.com\n")
    assert "quarantined (erased 1)" in revloop(refreshed, "refresh").out
    assert refreshed.rows("select lead_id from marts.dim_leads") == [("ben",)]


def test_a_lead_that_was_never_loaded_is_not_erased(revloop: Revloop, refreshed: Workplace) -> None:
    before = (refreshed.data / "store.duckdb").read_bytes()
    assert "nothing to erase: nobody-knows" in cause(revloop(refreshed, "erase", "--lead-id", "nobody-knows"))
    assert (refreshed.data / "store.duckdb").read_bytes() == before


def test_an_erasure_cut_short_after_the_store_is_finished_by_the_next_refresh(
    revloop: Revloop, refreshed: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RevloopError("a model is wrong")

    with monkeypatch.context() as patched:
        patched.setattr(steps, "build", fail)
        said = revloop(refreshed, "erase", "--lead-id", "ada")
    assert "older publications hold it until a refresh succeeds" in cause(said)
    assert "an erasure is not finished" in revloop(refreshed, "status").out
    assert revloop(refreshed, "refresh").code == 0
    assert len(publications(refreshed)) == 1
    assert "an erasure is not finished" not in revloop(refreshed, "status").out


def test_a_made_up_company_lands_with_the_reps_of_the_seed(revloop: Revloop, workplace: Workplace) -> None:
    said = revloop(workplace, "simulate", "--leads", "20", "--out", workplace.folder / "made_up", "--seed", "3")
    assert said.code == 0, said.error
    assert {path.name for path in (workplace.folder / "made_up").iterdir()} >= {
        "leads",
        "activities",
        "contracts",
    }
    assert re.search(r"leads: \d+ rows", said.out)


def test_the_installed_command_is_the_same(workplace: Workplace) -> None:
    done = subprocess.run([REVLOOP, "--help"], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "refresh" in done.stdout


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-31", "2026-03-31T00:00:00"),
        ("2026-03-31T16:30Z", "2026-03-31T16:30:00"),
        ("2026-03-31 16:30:05.1234567", "2026-03-31T16:30:05.123456"),
        ("2026-03-31T16:30:00+09:00", "2026-03-31T07:30:00"),
        ("2026-03-31T16:30:00-0330", "2026-03-31T20:00:00"),
        ("2026-11-25 21:40:08.46275+00", "2026-11-25T21:40:08.462750"),
        ("2026-03-31t16:30z", "2026-03-31T16:30:00"),
        ("2026-03-31 16:30 UTC", "2026-03-31T16:30:00"),
        ("2026-03-31 16:30 +0900", "2026-03-31T07:30:00"),
    ],
)
def test_clocks_are_read_in_the_forms_of_the_feeds(text: str, moment: str) -> None:
    assert parse_timestamp(text) == datetime.fromisoformat(moment).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-3-1",
        "2026-02-30",
        "2026-03-31T24:01",
        "2026-03-31T16",
        "1899-12-31",
        "2026-03-31T1630+99:00",
    ],
)
def test_what_is_no_timestamp_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_timestamp(text)
