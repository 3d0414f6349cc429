"""A tiny company, refreshed once for all tests here, and the command run inside this process."""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from orchestration import cli, steps, summary
from orchestration.data_folder import DataFolder
from tests.conftest import Workplace
from tests.once import Once

NOBODY = 65534
LOADED_BEFORE_A_FORK = (steps, summary)
LEADS = """lead_id,created_at,email,full_name,lead_source,country,employee_count,job_title,shoe_size
ada,2026-01-01T00:00:00Z,ada@example.com,Ada Lang,website,US,50,CEO,38
ben,2026-01-05T00:00:00Z,ben@example.com,Ben Holt,seminar,KR,500,Manager,
broken,no day,broken@example.com,Bo Ken,seminar,KR,500,Manager,
"""
ACTIVITIES = """activity_id,lead_id,activity_type,occurred_at
a1,ada,form_submit,2026-01-02T00:00:00Z
a2,ben,content_download,2026-01-06T00:00:00Z
a3,nobody,content_download,2026-01-06T00:00:00Z
"""
CONTRACTS = """contract_id,customer_id,signed_at,starts_on,ends_on,mrr,lead_id,currency
c1,acme,2026-02-01T00:00:00Z,2026-02-01,2027-01-31,100,ada,USD
"""


@dataclass(frozen=True)
class Said:
    """What a command said, and its exit code."""

    code: int
    out: str
    error: str


Revloop = Callable[..., Said]


@pytest.fixture
def revloop() -> Revloop:
    """Run the command in this process, at a workplace."""

    def run(workplace: Workplace, *words: str | Path) -> Said:
        done = workplace.revloop(*words)
        return Said(done.returncode, done.stdout, done.stderr)

    return run


def refresh_once(folder: Path) -> None:
    """A tiny company after one refresh in its own process; what that said is kept beside the workplace."""
    workplace = Workplace(folder / "workplace")
    workplace.land("leads/first.csv", LEADS)
    workplace.land("activities/first.csv", ACTIVITIES)
    workplace.land("contracts/first.csv", CONTRACTS)
    workplace.land("leads/notes.txt", "not a feed")
    done = workplace.revloop_process("refresh", "--as-of", "2026-03-01")
    assert done.returncode == 0, done.stderr
    (folder / "out").write_text(done.stdout)
    (folder / "error").write_text(done.stderr)


@pytest.fixture(scope="session")
def refreshed_once(once: Once) -> Path:
    """The workplace after one refresh, never written to by a test, and what the refresh said."""
    return once.made("refreshed", refresh_once)


@pytest.fixture
def first_refresh(refreshed_once: Path) -> Said:
    """What the refresh of the shared workplace said."""
    return Said(0, (refreshed_once / "out").read_text(), (refreshed_once / "error").read_text())


@pytest.fixture
def refreshed(refreshed_once: Path, tmp_path: Path) -> Workplace:
    """A refreshed workplace of one test."""
    return Workplace(refreshed_once / "workplace").copied_to(tmp_path / "workplace")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[DataFolder]:
    """A prepared, empty data folder."""
    folder = DataFolder(tmp_path / "data")
    folder.root.mkdir()
    folder.prepare()
    yield folder


def said_to_nobody(words: Sequence[str | Path]) -> Said:
    """What the command says to a user who is not root.

    A forked child gives up root's rights: what it imports is loaded before, as the interpreter's own
    folder may be root's alone.
    """
    with tempfile.TemporaryFile("w+") as error:
        child = os.fork()
        if child == 0:
            code = 99
            try:
                os.chdir("/")
                sys.stderr = error
                if os.getuid() == 0:
                    os.setgroups([])
                    os.setgid(NOBODY)
                    os.setuid(NOBODY)
                code = cli.run(list(map(str, words)))
                error.flush()
            finally:
                os._exit(code)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        error.seek(0)
        return Said(code, "", error.read())
