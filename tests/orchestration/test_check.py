"""`revloop check`: what is told of files, that nothing of them stays, and the funnel of one whole run."""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ingest.errors import RevloopError
from orchestration import steps
from orchestration.checking import build, run
from orchestration.checking.findings import Chapter
from tests.conftest import Workplace
from tests.orchestration.conftest import Revloop, Said

LEADS = """lead_id,created_at,country,Lead Source,employee_count,owner_id,lead_source
007A,2026-03-02 10:22,Germany,Web,450,Choi Yuna,podcast
007a,2026-03-02 10:22,KR,Web,1.200,rep99,Website
1.10E+11,2026-03-02 10:22,KR,Web,12,rep01,website
0099,26/03/2025 01:19,KR,Web,12,rep01,website
99,1970-01-01,KR,Web,12,rep01,website
98,2029-01-01,KR,Web,12,rep01,website
"""
ACTIVITIES = """activity_id,lead_id,activity_type,occurred_at,outcome,stage,opportunity_id
1,007A,Call,2026-03-03T10:00Z,Connected,,
2,99.0,call,2026-03-03T10:00Z,Left message,,
3,nobody,deal_won,2026-03-03T10:00Z,,,D1
4,007A,stage_changed,2026-03-03T10:00Z,,Qualified,
5,007A,opportunity_phase_changed,2026-03-03T10:00Z,,Proposal,D1
"""
FUNNEL_LEADS = """lead_id,created_at
a,2026-01-01T00:00Z
b,2026-01-01T00:00Z
"""
FUNNEL_ACTIVITIES = """activity_id,lead_id,activity_type,occurred_at,opportunity_id,stage,amount,currency
1,a,opportunity_created,2026-01-02T00:00Z,O,,100,XYZ
2,a,opportunity_phase_changed,2026-01-03T00:00Z,O,p2,100,USD
3,b,Call,2026-01-03T00:00Z,,,,
"""
FUNNEL_CONTRACTS = """contract_id,customer_id,signed_at,starts_on,mrr,lead_id,opportunity_id
c,acme,2026-02-01T00:00Z,2026-02-01,250.5,a,O
"""


def check(workplace: Workplace, *words: str | Path) -> Said:
    """What a check of files says, without its funnel, which takes seconds."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(run, "_funnel", lambda *given: Chapter("the funnel"))
        done = workplace.revloop("check", "--as-of", "2026-07-01", *words)
    return Said(done.returncode, done.stdout, done.stderr)


def line_with(said: Said, *words: str) -> str:
    """The one line that has these words."""
    [line] = [line for line in said.out.splitlines() if all(word in line for word in words)]
    return line


@pytest.fixture(scope="module")
def said(make_workplace: object) -> Said:
    workplace = make_workplace("damaged")
    workplace.land("leads/contacts.csv", LEADS)
    workplace.land("activities/acts.csv", ACTIVITIES)
    workplace.land("leads/notes.docx", "x")
    workplace.land(
        "contracts/copy.csv", "contract_id,customer_id,signed_at,starts_on,mrr\nc,k,2026-01-01,2026-01-01,1\n"
    )
    workplace.land("contracts/same.csv", (workplace.landing / "contracts/copy.csv").read_text())
    return check(workplace)


def test_each_file_is_counted(said: Said) -> None:
    assert said.code == 1
    assert "leads/contacts.csv: 6 rows of leads, 4 accepted, 2 refused" in said.out
    assert "activities/acts.csv: 5 rows of activities, 3 accepted, 2 refused" in said.out
    assert "contracts/same.csv: not read again, as another file here has the same bytes" in said.out
    assert line_with(said, "notes.docx", "its ending is none of .csv")
    assert said.out.index("leads/contacts.csv:") < said.out.index("activities/acts.csv:")


def test_each_cause_has_an_example_and_a_remedy(said: Said) -> None:
    assert "it looks like %d/%m/%Y %H:%M" in line_with(said, "1 row refused: created_at '26/03/2025 01:19'", "row 4")
    assert "formatted as text" in line_with(said, "lead_id '1.10E+11' was cut by a spreadsheet")
    assert "did you mean 'mql'?" in line_with(said, "stage 'Qualified' is no stage of stages.csv", "row 4")
    assert "write p1 to p5" in line_with(said, "stage 'Proposal' is no opportunity phase")
    assert "ISO code" in line_with(said, "country emptied in 1 row: 'Germany'")
    assert "digits alone" in line_with(said, "employee_count emptied in 1 row: '1.200'", "row 2")


def test_damaged_ids_are_told(said: Said) -> None:
    assert line_with(said, "lead_id has 1 pair of ids", "'007A' and '007a'")
    assert line_with(said, "lead_id has ids that begin with 0, as '0099'", "as '99'")
    assert line_with(said, "lead_id has ids with a point, as '99.0'")
    assert line_with(said, "lead_id of 2 rows of activities names 2 leads that no file has", "a `.0` at their end")


def test_dates_are_told(said: Said) -> None:
    assert "note: `created_at`: there is no time zone, as '2026-03-02 10:22' in row 1 of created_at" in said.out
    assert line_with(said, "created_at of 1 row is in the future", "2029-01-01 in row 6")
    assert line_with(said, "created_at of 1 row is 1970-01-01, as in row 5")
    assert line_with(said, "note: created_at of leads from 1970-01-01 to 2029-01-01")
    assert line_with(said, "the earliest row of leads is dated 1970-01-01")


def test_a_zone_is_looked_at_where_it_matters(workplace: Workplace) -> None:
    workplace.set_var("reporting_timezone", "Asia/Seoul")
    workplace.land("leads/a.csv", "lead_id,created_at\na,2026-03-02 10:22\n")
    said = check(workplace)
    assert (
        "look: `created_at`: there is no time zone, as '2026-03-02 10:22' in row 1 of created_at, and it is read"
        in (said.out)
    )


def test_a_file_of_another_kind_is_told_as_one_thing(workplace: Workplace) -> None:
    workplace.land("leads/contacts.csv", "Record ID;Create Date\n1;26/03/2025 01:19\n2;26/03/2025 01:19\n")
    workplace.land("leads/crm.csv", "Record ID,Created At,Email\n1,2026-01-01,x\n2,2026-01-01,y\n")
    workplace.land("leads/empty.csv", "")
    said = check(workplace)
    assert "2 rows of leads, 0 accepted, 2 refused" in said.out
    assert line_with(said, "every row is refused, as the file is separated by semicolons")
    assert line_with(said, "column `Email` is not used: did you mean `email`?")
    assert line_with(said, "column `Created At` is not used: did you mean `created_at`?")
    assert "leads/empty.csv: 0 rows of leads" in said.out
    assert line_with(said, "it has no rows")


def test_columns_that_a_file_lacks_are_told_together(workplace: Workplace) -> None:
    workplace.land("activities/a.csv", "activity_id,lead,occurred\n1,a,2026-01-01\n")
    said = check(workplace)
    assert line_with(said, "every row is refused, as the file lacks `lead_id`, `activity_type`, `occurred_at`")
    assert "1 row refused:" not in said.out


def test_files_are_told_by_their_folder_or_their_header(workplace: Workplace, tmp_path: Path) -> None:
    exports = tmp_path / "exports"
    (exports / "contracts").mkdir(parents=True)
    (exports / "people.csv").write_text("lead_id,created_at,email\na,2026-01-01,x\n")
    (exports / "contracts" / "people.csv").write_text("contract_id,customer_id,signed_at,starts_on,mrr\n")
    (exports / "other.csv").write_text("x,y\n1,2\n")
    workplace.land("leads/unread.csv", "lead_id,created_at\nz,2026-01-01\n")
    said = check(workplace, exports / "people.csv", exports / "contracts" / "people.csv", exports / "other.csv")
    assert f"{exports}/people.csv: 1 row of leads, 1 accepted" in said.out
    assert "taken for leads, as 3 of its 3 columns are known there" in said.out
    assert f"{exports}/contracts/people.csv: 0 rows of contracts" in said.out
    assert line_with(said, "its columns are none of a feed's, nor of a mapping's")
    assert "unread.csv" not in said.out
    assert workplace.revloop("check", exports / "none.csv").returncode == 1
    assert workplace.revloop("check", "--landing", exports, exports / "people.csv").returncode == 2


def test_a_missing_landing_folder_is_named(workplace: Workplace) -> None:
    workplace.landing.rmdir()
    said = check(workplace)
    assert said.code == 1
    assert f"no landing folder {workplace.landing}" in said.error


@contextmanager
def temporary_folder_left_empty(folder: Path) -> Iterator[None]:
    """Let temporary files go into this new folder; none of a check may be left there."""
    folder.mkdir()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(tempfile, "tempdir", str(folder))
        yield
    assert not list(folder.glob("revloop-check-*"))


def test_nothing_is_left_of_a_check_that_fails(workplace: Workplace) -> None:
    def fail(*given: object) -> None:
        raise RevloopError("no more memory")

    with pytest.MonkeyPatch.context() as patched, temporary_folder_left_empty(workplace.folder / "tmp"):
        patched.setattr(steps, "ingest", fail)
        done = workplace.revloop("check")
    assert (done.returncode, done.stderr) == (1, "revloop: no more memory\n")


def check_once(folder: Path) -> None:
    workplace = Workplace(folder / "workplace")
    workplace.land("leads/leads.csv", FUNNEL_LEADS)
    workplace.land("activities/activities.csv", FUNNEL_ACTIVITIES)
    workplace.land("contracts/contracts.csv", FUNNEL_CONTRACTS)
    with temporary_folder_left_empty(folder / "tmp"):
        done = workplace.revloop("check", "--as-of", "2026-07-01")
    assert done.returncode == 1, done.stderr
    (folder / "out").write_text(done.stdout)


@pytest.fixture(scope="session")
def checked_once(once: object) -> Path:
    """A workplace after one whole check, and what it said."""
    return once.made("checked", check_once)


def test_the_funnel_is_told(checked_once: Path) -> None:
    out = (checked_once / "out").read_text()
    assert "2 leads as of 2026-07-01 00:00 UTC, by the stages they reached:" in out
    assert re.search(r"Captured +2$", out, re.MULTILINE)
    assert re.search(r"Onboarding +1$", out, re.MULTILINE)
    assert "1 opportunity: 0 open, 1 won, 0 lost" in out
    assert "MRR today: 250.50 USD of 1 customer" in out
    assert "look: currency 'XYZ' in 1 row, as in row 1, has no rate, and a refresh stops there" in out
    assert (
        "activity_type 'Call' in 1 row, as in row 3, is not listed in activity_types.csv: did you mean 'call'?" in out
    )


def test_nothing_is_made_but_what_spares_the_next_check_time(checked_once: Path) -> None:
    workplace = Workplace(checked_once / "workplace")
    assert not workplace.data.exists()
    kept = [path.name for path in (workplace.folder / "cache").rglob("*") if path.is_file()]
    assert kept == ["parsed.pickle"]


def test_what_a_refresh_has_parsed_is_taken_and_its_folder_left_as_it_is(refreshed_once: Path) -> None:
    refreshed = Workplace(refreshed_once / "workplace")

    def state() -> dict[Path, tuple[int, int]]:
        return {path: (path.stat().st_size, path.stat().st_mtime_ns) for path in refreshed.data.rglob("*")}

    before = state()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(build, "_keep", lambda *given: pytest.fail("the project was parsed"))
        done = refreshed.revloop("check", "--as-of", "2026-03-01")
    assert "MRR today: 100.00 USD of 1 customer" in done.stdout
    assert state() == before


def test_an_empty_funnel_says_why(revloop: Revloop, workplace: Workplace) -> None:
    workplace.land("leads/leads.csv", FUNNEL_LEADS)
    workplace.land("activities/a.csv", "activity_id,lead_id,activity_type,occurred_at\n1,a,Call,2026-01-02\n")
    said = revloop(workplace, "check", "--as-of", "2026-07-01")
    assert line_with(said, "the funnel is empty: nothing moved any of the 2 leads, though 1 row of activities came in")
    assert "`Call` 1 (not listed, did you mean `call`?)" in line_with(said, "activity types seen:")
    assert "opportunity_created" in line_with(said, "there is no opportunity")


def test_a_project_that_cannot_be_parsed_is_told_in_lines(revloop: Revloop, workplace: Workplace) -> None:
    workplace.land("leads/leads.csv", FUNNEL_LEADS)
    workplace.add_row("stages", "a,b")
    said = revloop(workplace, "check")
    assert said.code == 1
    assert "stages.csv" in said.error.splitlines()[-1]
